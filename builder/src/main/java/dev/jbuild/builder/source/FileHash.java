package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/// Hashes files, as many at once as there are processors.
final class FileHash {
    private static final int BUFFER_SIZE = 1 << 16;
    private static final Semaphore AT_ONCE =
            new Semaphore(Runtime.getRuntime().availableProcessors());

    /// No more than may be hashed at once.
    private static final ConcurrentLinkedQueue<ByteBuffer> BUFFERS = new ConcurrentLinkedQueue<>();

    private FileHash() {}

    /// Works something out on another thread, once there is a processor for it; waits for that.
    static Future<Digest> beside(Callable<Digest> finding) throws InterruptedIOException {
        try {
            AT_ONCE.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while files were hashed");
        }
        FutureTask<Digest> task = new FutureTask<>(finding);
        Thread.startVirtualThread(
                () -> {
                    try {
                        task.run();
                    } finally {
                        AT_ONCE.release();
                    }
                });
        return task;
    }

    /// The sha256 of a file's content.
    static Digest of(Path file) throws IOException {
        MessageDigest hash = DigestAlgorithm.SHA256.newHash();
        ByteBuffer known = BUFFERS.poll();
        ByteBuffer buffer = known == null ? ByteBuffer.allocate(BUFFER_SIZE) : known;
        try (FileChannel in = FileChannel.open(file)) {
            while (in.read(buffer.clear()) >= 0) {
                hash.update(buffer.flip());
            }
        } finally {
            BUFFERS.add(buffer);
        }
        return Digest.finish(DigestAlgorithm.SHA256, hash);
    }
}
