package dev.jbuild.registry.server.storage;

import java.io.IOException;

/// Content that came from outside and is not what its digest and size promise. The message says in
/// what it differs.
public final class MismatchedContentException extends IOException {
    private static final long serialVersionUID = 1L;

    public MismatchedContentException(String message) {
        super(message);
    }
}
