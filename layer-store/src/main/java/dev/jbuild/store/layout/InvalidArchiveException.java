package dev.jbuild.store.layout;

import com.github.luben.zstd.ZstdIOException;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.layer.ExpansionException;
import dev.jbuild.store.layer.InvalidTarException;
import java.io.EOFException;
import java.io.IOException;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.XZIOException;

/// An image archive that is neither of the known kinds, incomplete, or not to be trusted.
public final class InvalidArchiveException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidArchiveException(String message) {
        super(message);
    }

    public InvalidArchiveException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// Whether a failure says that what was read is no archive, or a damaged one, and not that it
    /// could not be read, or its content not be written.
    static boolean isMeant(IOException failure) {
        return failure instanceof InvalidArchiveException
                || failure instanceof InvalidTarException
                || failure instanceof ExpansionException
                || failure instanceof DigestMismatchException
                || failure instanceof EOFException
                || failure instanceof ZipException
                || failure instanceof ZstdIOException
                || failure instanceof XZIOException;
    }
}
