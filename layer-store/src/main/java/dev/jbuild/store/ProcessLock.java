package dev.jbuild.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// A lock among the threads of all processes, held until closed; it dies with its process. Not
/// reentrant.
///
/// The kernel's lock belongs to the process, and closing *any* descriptor of the file gives it up
/// (fcntl(2), "Advisory record locking"). So within this process a lock of the JVM comes first, and
/// nothing else may open the file.
public final class ProcessLock implements AutoCloseable {
    private static final ConcurrentHashMap<Path, ReentrantLock> LOCKS = new ConcurrentHashMap<>();

    private final ReentrantLock inProcess;
    private final FileChannel file;

    private ProcessLock(ReentrantLock inProcess, FileChannel file) {
        this.inProcess = inProcess;
        this.file = file;
    }

    /// Waits for the lock.
    ///
    /// @param file made if it isn't there, in a directory that is; it stays
    public static ProcessLock acquire(Path file) throws IOException {
        Path name = file.toAbsolutePath();
        Path parent = name.getParent();
        Path real = parent == null ? name : parent.toRealPath().resolve(name.getFileName());
        ReentrantLock inProcess = LOCKS.computeIfAbsent(real, _ -> new ReentrantLock());
        inProcess.lock();
        try {
            if (inProcess.getHoldCount() > 1) {
                throw new IllegalStateException("'" + real + "' is locked by this thread already");
            }
            FileChannel channel =
                    FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            try {
                channel.lock();
                return new ProcessLock(inProcess, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            inProcess.unlock();
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        try {
            file.close();
        } finally {
            inProcess.unlock();
        }
    }
}
