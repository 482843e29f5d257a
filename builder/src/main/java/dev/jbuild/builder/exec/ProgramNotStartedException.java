package dev.jbuild.builder.exec;

import java.io.IOException;

/// The program of a command is not in the root file system, or the kernel would not execute it.
public final class ProgramNotStartedException extends IOException {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    ProgramNotStartedException(String message, int exitCode) {
        super(message);
        this.exitCode = exitCode;
    }

    /// What a shell would return: 127 if the program is missing, else 126.
    public int exitCode() {
        return exitCode;
    }
}
