package dev.jbuild.registry.server.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Makes the entries of a directory permanent. Callers that come while a sync runs share the next
/// one. Owns its lock.
final class DirectorySync {
    private final Path directory;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private long asked;
    private long done;
    private boolean running;

    DirectorySync(Path directory) {
        this.directory = directory;
    }

    /// Returns when every entry made before the call is permanent.
    void sync() throws IOException {
        lock.lock();
        try {
            long mine = ++asked;
            while (done < mine) {
                if (running) {
                    ended.awaitUninterruptibly();
                } else {
                    runOne();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /// Called with the lock, which is not held while the disk works.
    private void runOne() throws IOException {
        long covers = asked;
        running = true;
        lock.unlock();
        boolean synced = false;
        try {
            force(directory);
            synced = true;
        } finally {
            lock.lock();
            running = false;
            if (synced) {
                done = covers;
            }
            ended.signalAll();
        }
    }

    /// Syncs a directory at once. Linux allows a directory to be opened for that.
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
