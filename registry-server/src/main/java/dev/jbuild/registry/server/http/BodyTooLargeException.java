package dev.jbuild.registry.server.http;

import java.io.IOException;

/// A request's body above the limit for its kind.
public final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final long limit;

    public BodyTooLargeException(long limit) {
        super("the request's body is larger than " + limit + " bytes");
        this.limit = limit;
    }

    /// The most that is taken, in bytes.
    public long limit() {
        return limit;
    }
}
