package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.OpenFile;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;

/// Keeps a layer from being unpacked twice at the same time, by whatever threads and processes:
/// who comes second waits, and finds the snapshot made.
///
/// It is the lock of one byte of a file, chosen by the chainID, so nothing is left of it when its
/// holder ends, however that ends. A holder waits for holders of layers below its own only, so no
/// two wait for each other.
final class UnpackLock implements AutoCloseable {
    private static final long POLL_MILLIS = 10;

    private final Libc libc;
    private final OpenFile file;

    private UnpackLock(Libc libc, OpenFile file) {
        this.libc = libc;
        this.file = file;
    }

    /// Waits for it. Closed by the thread that took it.
    ///
    /// @param path made if it isn't there
    static UnpackLock take(Path path, ChainId id) throws IOException {
        Libc libc = Libc.open();
        try {
            OpenFile file = OpenFile.openForLock(libc, path);
            try {
                await(file, byteOf(id));
                return new UnpackLock(libc, file);
            } catch (IOException | RuntimeException e) {
                file.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            libc.close();
            throw e;
        }
    }

    /// Asks again and again: a thread that waits in the kernel can't be interrupted.
    private static void await(OpenFile file, long at) throws IOException {
        while (!file.tryLockByte(at)) {
            try {
                Thread.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                var told = new InterruptedIOException("interrupted while another unpacks a layer");
                told.initCause(e);
                throw told;
            }
        }
    }

    private static long byteOf(ChainId id) {
        return Long.parseUnsignedLong(id.digest().hex(), 0, 16, 16) >>> 2;
    }

    @Override
    public void close() {
        file.close();
        libc.close();
    }
}
