package dev.jbuild.registry.server.mirror;

import java.io.IOException;

/// A mirror that is out of order, in contrast to one that does not have something.
final class TroubleException extends IOException {
    private static final long serialVersionUID = 1L;

    TroubleException(String message) {
        super(message);
    }
}
