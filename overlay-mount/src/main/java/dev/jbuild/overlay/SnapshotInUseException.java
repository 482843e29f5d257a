package dev.jbuild.overlay;

import java.io.IOException;

/// A snapshot that can't be removed, because another one stands on it or a build uses it.
public final class SnapshotInUseException extends IOException {
    private static final long serialVersionUID = 1L;

    SnapshotInUseException(String message) {
        super(message);
    }
}
