package dev.jbuild.store;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;

/// The store's directory can't be used: not writable, full, or not a store. The message names the
/// directory and what to do.
public final class StoreException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final String ANOTHER = "choose another store with --root or JBUILD_ROOT";

    public StoreException(Path root, String what) {
        super("store '" + root + "': " + what);
    }

    private StoreException(Path root, String what, IOException cause) {
        super("store '" + root + "': " + what, cause);
    }

    /// The same failure, told in terms of the store where its reason is known: no permission, a
    /// read-only or full disk. Any other is returned as it is.
    static IOException explain(Path root, IOException e) {
        String message = String.valueOf(e.getMessage());
        if (e instanceof AccessDeniedException denied) {
            return new StoreException(
                    root,
                    "this user may not write '"
                            + denied.getFile()
                            + "'; run as the owner of the store or "
                            + ANOTHER,
                    e);
        }
        if (message.contains("Read-only file system")) {
            return new StoreException(root, "its file system is read-only; " + ANOTHER, e);
        }
        if (message.contains("No space left on device")) {
            return new StoreException(
                    root,
                    "no space left on its disk; free some with jbuild prune or " + ANOTHER,
                    e);
        }
        if (message.contains("Disk quota exceeded")) {
            return new StoreException(
                    root,
                    "the disk quota is used up; free some with jbuild prune or " + ANOTHER,
                    e);
        }
        if (e instanceof FileSystemException failure
                && String.valueOf(failure.getReason()).contains("Not a directory")) {
            return new StoreException(
                    root, "'" + failure.getFile() + "' is not a directory; " + ANOTHER, e);
        }
        return e;
    }
}
