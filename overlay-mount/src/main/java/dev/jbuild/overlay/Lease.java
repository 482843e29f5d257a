package dev.jbuild.overlay;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// A directory of this process's unfinished work. Its lock dies with the process, however that
/// ends; who then takes the lock may remove the directory.
///
/// `NAME.lock` is made, locked and only then is `NAME` made, so that a directory without an owner
/// is a dead one's. Locks of `java.nio` belong to the process and are lost when any channel of the
/// file is closed: [#OURS] keeps this process from opening its own.
final class Lease {
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LOCK = ".lock";

    private final Path directory;
    // held until the process ends
    private final FileChannel channel;
    private final AtomicLong next = new AtomicLong();

    private Lease(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /// Takes a new lease in `leases`, until the process ends.
    static Lease take(Path leases) throws IOException {
        Files.createDirectories(leases);
        while (true) {
            Path directory =
                    leases.toRealPath().resolve(Long.toHexString(RANDOM.nextLong() | 1L << 63));
            Path lockFile = lockFileOf(directory);
            if (!OURS.add(lockFile)) {
                continue;
            }
            FileChannel channel;
            try {
                channel =
                        FileChannel.open(
                                lockFile, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (FileAlreadyExistsException taken) {
                OURS.remove(lockFile);
                continue;
            }
            channel.lock();
            // A sweeper may have had it between creation and lock, and removed it.
            if (Files.exists(lockFile)) {
                Files.createDirectory(directory);
                return new Lease(directory, channel);
            }
            channel.close();
            OURS.remove(lockFile);
        }
    }

    /// A name for one piece of work in this lease, not yet there.
    Path newPath() {
        return directory.resolve(Long.toString(next.incrementAndGet(), 36));
    }

    boolean isHeld() {
        return channel.isOpen();
    }

    /// What is to be done with a dead process's directory.
    interface Remover {
        void remove(Path directory) throws IOException;
    }

    /// Gives the leases of processes that are gone to `remover`, each once.
    static void sweep(Path leases, Remover remover) throws IOException {
        if (!Files.isDirectory(leases)) {
            return;
        }
        Path real = leases.toRealPath();
        Set<Path> lockFiles = new HashSet<>();
        try (Stream<Path> files = Files.list(real)) {
            files.filter(file -> file.getFileName().toString().endsWith(LOCK))
                    .forEach(lockFiles::add);
        }
        for (Path lockFile : lockFiles) {
            if (OURS.add(lockFile)) {
                try {
                    sweepOne(lockFile, remover);
                } finally {
                    OURS.remove(lockFile);
                }
            }
        }
    }

    private static void sweepOne(Path lockFile, Remover remover) throws IOException {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null || !Files.exists(lockFile)) {
                return;
            }
            String name = lockFile.getFileName().toString();
            Path directory =
                    lockFile.resolveSibling(name.substring(0, name.length() - LOCK.length()));
            if (Files.exists(directory)) {
                remover.remove(directory);
            }
            Files.deleteIfExists(lockFile);
        } catch (java.nio.file.NoSuchFileException swept) {
            // by another process, just now
        }
    }

    private static Path lockFileOf(Path directory) {
        return directory.resolveSibling(directory.getFileName() + LOCK);
    }
}
