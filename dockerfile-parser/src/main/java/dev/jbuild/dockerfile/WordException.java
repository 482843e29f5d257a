package dev.jbuild.dockerfile;

import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;

/// A word of a Dockerfile that can't be used: what is wrong and how to mend it, but not where
/// it stands. [Dockerfile#at] adds the place.
public final class WordException extends IOException {
    private static final long serialVersionUID = 1;

    private final String problem;
    private final String remedy;
    private final String part;
    private final transient Set<String> undefined;

    /// @param part the offending text as it stands in the file, to be marked there; empty if
    ///     the whole line is meant
    public WordException(String problem, String remedy, String part) {
        this(problem, remedy, part, Set.of());
    }

    WordException(String problem, String remedy, String part, Set<String> undefined) {
        super(remedy.isEmpty() ? problem : problem + ". " + remedy);
        this.problem = problem;
        this.remedy = remedy;
        this.part = part;
        this.undefined = undefined;
    }

    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }

    public Optional<String> part() {
        return part.isEmpty() ? Optional.empty() : Optional.of(part);
    }

    /// For a word that could not be expanded, the variables that were found unset on the way.
    public Set<String> undefined() {
        return Collections.unmodifiableSet(undefined);
    }

    /// Adds the place.
    public DockerfileException in(Source source, SourceRange range) {
        return new DockerfileException(source, range, this);
    }
}
