package dev.jbuild.builder.solve;

import dev.jbuild.dockerfile.SourceRange;
import java.io.IOException;

/// A command of the build that ended with an exit code other than 0.
public final class StepFailedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;
    private final transient SourceRange range;

    StepFailedException(String message, int exitCode, SourceRange range) {
        super(message);
        this.exitCode = exitCode;
        this.range = range;
    }

    public int exitCode() {
        return exitCode;
    }

    /// The lines of the instruction.
    public SourceRange range() {
        return range;
    }
}
