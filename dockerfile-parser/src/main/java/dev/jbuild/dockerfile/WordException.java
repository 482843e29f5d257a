package dev.jbuild.dockerfile;

import java.io.IOException;
import java.util.Optional;

/// A word of a Dockerfile that can't be used: what is wrong and how to mend it, but not where
/// it stands. [Dockerfile#at] adds the place.
public final class WordException extends IOException {
    private static final long serialVersionUID = 1;

    private final String problem;
    private final String remedy;
    private final String part;

    /// @param part the offending text as it stands in the file, to be marked there; empty if
    ///     the whole line is meant
    public WordException(String problem, String remedy, String part) {
        super(remedy.isEmpty() ? problem : problem + ". " + remedy);
        this.problem = problem;
        this.remedy = remedy;
        this.part = part;
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

    /// Adds the place.
    public DockerfileException in(Source source, SourceRange range) {
        return new DockerfileException(source, range, this);
    }
}
