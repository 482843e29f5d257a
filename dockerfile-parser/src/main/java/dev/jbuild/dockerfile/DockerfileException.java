package dev.jbuild.dockerfile;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A Dockerfile that can't be used: where, what is wrong, and how to mend it.
///
/// The message is `FILE:LINE: what. remedy`, without control characters and at most a few
/// thousand characters long; [#render] adds the lines. [#problem] and [#remedy] are whole.
public final class DockerfileException extends IOException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final int firstLine;
    private final int lastLine;
    private final String problem;
    private final String remedy;
    private final String excerpt;

    DockerfileException(Source source, @Nullable SourceRange range, WordException cause) {
        super(message(source.name(), range, cause), cause);
        this.file = source.name();
        this.firstLine = range == null ? 0 : range.firstLine();
        this.lastLine = range == null ? 0 : range.lastLine();
        this.problem = cause.problem();
        this.remedy = cause.remedy();
        this.excerpt = range == null ? "" : Excerpt.of(source, range, cause.part());
    }

    private static String message(String file, @Nullable SourceRange range, WordException cause) {
        String place = range == null ? file : file + ":" + range.firstLine();
        return Excerpt.plain(place + ": " + cause.getMessage());
    }

    /// The name the source was given, as it is shown to people.
    public String file() {
        return file;
    }

    /// Empty if the file as a whole is meant.
    public Optional<SourceRange> range() {
        return firstLine == 0
                ? Optional.empty()
                : Optional.of(new SourceRange(firstLine, lastLine));
    }

    public String problem() {
        return problem;
    }

    public String remedy() {
        return remedy;
    }

    /// For a terminal: the message, and below it the lines that it is about with the offending
    /// part marked. What is very long is cut, and what would steer a terminal replaced. No line
    /// end at the end.
    public String render() {
        return excerpt.isEmpty() ? getMessage() : getMessage() + "\n" + excerpt;
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? problem : message;
    }
}
