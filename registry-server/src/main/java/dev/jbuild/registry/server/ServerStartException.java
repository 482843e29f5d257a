package dev.jbuild.registry.server;

import java.io.IOException;

/// A server that can't start. The message is one line, with what to do.
public sealed class ServerStartException extends IOException permits RootInUseException {
    private static final long serialVersionUID = 1L;

    public ServerStartException(String message) {
        super(message);
    }

    public ServerStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
