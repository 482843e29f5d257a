package dev.jbuild.registry.server.http;

import java.io.IOException;

/// A request's body that ended before its end: the client went away, stalled, or was cut off.
public final class BodyInterruptedException extends IOException {
    private static final long serialVersionUID = 1L;

    public BodyInterruptedException(String message) {
        super(message);
    }
}
