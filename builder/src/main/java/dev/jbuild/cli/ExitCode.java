package dev.jbuild.cli;

/// What a command ends with. `jbuild run` passes on the exit code of the container's process
/// instead.
enum ExitCode {
    OK(0),
    /// The command was understood, but what it was to do failed.
    FAILED(1),
    /// The command line is wrong.
    USAGE(2),
    /// Of `diff`, in which 1 means that the images differ: one can't be read.
    NOT_COMPARED(2),
    /// A signature is missing or wrong.
    UNTRUSTED(3),
    /// Stopped by the user.
    INTERRUPTED(130);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }
}
