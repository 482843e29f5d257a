package dev.jbuild.registry.server.transfer;

import java.io.IOException;

/// A layout that is not as it has to be, or can't be written where it was asked for. The message is
/// for the operator.
public final class TransferException extends IOException {
    private static final long serialVersionUID = 1L;

    public TransferException(String message) {
        super(message);
    }

    public TransferException(String message, Throwable cause) {
        super(message, cause);
    }
}
