package dev.jbuild.registry.server.operation;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Whether a disk takes data, which a full one doesn't, though empty files can be made on it: some
/// is written and synced, once a second at most, however often it is asked for. The file has one
/// name, so that one that a killed process left behind is the next one's. Owns its lock.
final class DiskProbe {
    /// The name of the file.
    static final String NAME = "ready.probe";

    private static final int BYTES = 4096;
    private static final long COUNTS_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long PATIENCE_SECONDS = 5;

    private final Path file;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean tried;
    private boolean writable;
    private long triedAt;

    DiskProbe(Path directory, LongSupplier nanos) {
        this.file = directory.resolve(NAME);
        this.nanos = nanos;
    }

    /// False as well if the disk has been busy with an earlier probe for seconds.
    boolean isWritable() throws InterruptedException {
        if (!lock.tryLock(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            return false;
        }
        try {
            if (!tried || nanos.getAsLong() - triedAt >= COUNTS_NANOS) {
                writable = write();
                tried = true;
                triedAt = nanos.getAsLong();
            }
            return writable;
        } finally {
            lock.unlock();
        }
    }

    /// A new file each time: there would be room for the bytes of an old one.
    private boolean write() {
        try {
            Files.deleteIfExists(file);
            try (FileChannel out =
                    FileChannel.open(
                            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (ByteBuffer left = ByteBuffer.allocate(BYTES); left.hasRemaining(); ) {
                    out.write(left);
                }
                out.force(false);
            } finally {
                Files.deleteIfExists(file);
            }
            return true;
        } catch (IOException _) {
            return false; // which is the answer
        }
    }
}
