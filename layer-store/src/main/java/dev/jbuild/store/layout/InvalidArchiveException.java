package dev.jbuild.store.layout;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// An image archive that is neither of the known kinds, incomplete, or not to be trusted.
public final class InvalidArchiveException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidArchiveException(String message) {
        super(message);
    }

    public InvalidArchiveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
