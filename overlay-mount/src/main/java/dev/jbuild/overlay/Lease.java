package dev.jbuild.overlay;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// A directory of this process's unfinished work. Its lock is given up at the end of the work, or
/// dies with the process, however that ends; who then takes the lock may remove the directory.
///
/// `NAME.lock` is made, locked and only then is `NAME` made, so that a directory without an owner
/// is a dead one's. Locks of `java.nio` belong to the process and are lost when any channel of the
/// file is closed: [#OURS] keeps this process from opening its own.
final class Lease implements AutoCloseable {
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String LOCK = ".lock";

    private final Path directory;
    private final FileChannel channel;
    private final AtomicLong next = new AtomicLong();

    private Lease(Path directory, FileChannel channel) {
        this.directory = directory;
        this.channel = channel;
    }

    /// Takes a new lease in `leases`, until it is closed or the process ends.
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

    /// Gives the lease up. Unfinished work that is still there is left to the next sweep.
    @Override
    public void close() throws IOException {
        Path lockFile = lockFileOf(directory);
        try (channel) {
            Files.deleteIfExists(directory);
            Files.deleteIfExists(lockFile);
        } catch (DirectoryNotEmptyException unfinished) {
            return;
        } finally {
            OURS.remove(lockFile);
        }
    }

    /// Whether any lease is there at all, be its process alive or gone.
    static boolean any(Path leases) throws IOException {
        try (Stream<Path> files = Files.list(leases)) {
            return files.findAny().isPresent();
        } catch (NoSuchFileException none) {
            return false;
        }
    }

    /// The directories and locks of processes that are gone.
    static List<Path> dead(Path leases) throws IOException {
        List<Path> dead = new ArrayList<>();
        if (!Files.isDirectory(leases)) {
            return dead;
        }
        Path real = leases.toRealPath();
        try (Stream<Path> files = Files.list(real)) {
            for (Path file : files.sorted().toList()) {
                boolean isLock = file.getFileName().toString().endsWith(LOCK);
                if (isLock ? isOfDead(file) : isOwnerless(file)) {
                    dead.add(file);
                }
            }
        }
        return dead;
    }

    /// A living process may be about to lock it, before it makes the directory, or give it up,
    /// after it has removed the directory. So a lock alone tells nothing.
    private static boolean isOfDead(Path lockFile) throws IOException {
        return Files.exists(directoryOf(lockFile)) && !isAlive(lockFile) && Files.exists(lockFile);
    }

    /// In this order: the lock is there as long as the directory is.
    private static boolean isOwnerless(Path directory) {
        return !Files.exists(lockFileOf(directory)) && Files.exists(directory);
    }

    private static boolean isAlive(Path lockFile) throws IOException {
        if (!OURS.add(lockFile)) {
            return true;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock == null;
        } catch (NoSuchFileException swept) {
            return true; // by another process, just now: nothing to tell of
        } finally {
            OURS.remove(lockFile);
        }
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
        for (Path ownerless : dead(real)) {
            if (Files.isDirectory(ownerless)) {
                remover.remove(ownerless);
            }
        }
    }

    private static void sweepOne(Path lockFile, Remover remover) throws IOException {
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null || !Files.exists(lockFile)) {
                return;
            }
            Path directory = directoryOf(lockFile);
            if (Files.exists(directory)) {
                remover.remove(directory);
            }
            Files.deleteIfExists(lockFile);
        } catch (NoSuchFileException swept) {
            // by another process, just now
        }
    }

    private static Path directoryOf(Path lockFile) {
        String name = lockFile.getFileName().toString();
        return lockFile.resolveSibling(name.substring(0, name.length() - LOCK.length()));
    }

    private static Path lockFileOf(Path directory) {
        return directory.resolveSibling(directory.getFileName() + LOCK);
    }
}
