package dev.jbuild.overlay.linux;

import java.io.IOException;

/// A system call that the kernel refused: the call, what it was to act on, why, and a remedy where
/// one is known.
public final class SyscallException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int errno;

    public SyscallException(String call, String on, int errno) {
        super(call + " " + on + ": " + Errno.describe(errno));
        this.call = call;
        this.errno = errno;
    }

    private SyscallException(SyscallException cause, String hint) {
        super(cause.getMessage() + "; " + hint, cause);
        this.call = cause.call;
        this.errno = cause.errno;
    }

    /// The same with a remedy at the end of the message.
    public SyscallException withHint(String hint) {
        return new SyscallException(this, hint);
    }

    /// The name of the call, such as `mount`.
    public String call() {
        return call;
    }

    public int errno() {
        return errno;
    }
}
