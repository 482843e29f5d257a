package dev.jbuild.registry.server.storage;

import java.io.IOException;

/// The disk or the database doesn't do what it should: full, read-only, broken. The message names
/// no path, for clients see it; the cause does.
public final class StorageException extends IOException {
    private static final long serialVersionUID = 1L;

    public StorageException(String message, Throwable cause) {
        super(message, cause);
    }

    /// Tells a full disk, which somebody can do something about, from the rest.
    public static StorageException of(String what, Throwable cause) {
        String text = String.valueOf(cause.getMessage());
        boolean full =
                text.contains("No space left")
                        || text.contains("SQLITE_FULL")
                        || text.contains("quota exceeded");
        return new StorageException(
                full
                        ? what + ": the registry's disk is full; its operator has to make room"
                        : what
                                + ": the registry's storage fails at present; its operator finds"
                                + " why in its log",
                cause);
    }
}
