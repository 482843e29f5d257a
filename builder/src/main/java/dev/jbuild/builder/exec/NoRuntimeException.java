package dev.jbuild.builder.exec;

import java.io.IOException;

/// There is no OCI runtime on this host that works; the message says what was tried.
public final class NoRuntimeException extends IOException {
    private static final long serialVersionUID = 1L;

    NoRuntimeException(String message) {
        super(message);
    }
}
