package dev.jbuild.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/// A directory for temporary files that belongs to one opener: `<parent>/<pid>-<random>`. A lock on
/// the file `lease` in it says that the opener lives; the lock dies with the process, and the next
/// opener sweeps what dead ones left. Safe for use by several threads.
public final class TempSpace implements AutoCloseable {
    private static final String LEASE = "lease";
    private static final String ENTRY_LOCK = "lock";

    /// The spaces of this process. Their leases must not even be opened: see [ProcessLock].
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private final Path directory;
    private final FileChannel lease;
    private final AtomicLong names = new AtomicLong();
    private final List<String> leftovers = new ArrayList<>();

    private TempSpace(Path directory, FileChannel lease) {
        this.directory = directory;
        this.lease = lease;
    }

    /// Makes a space below `parent`, which is made too, and removes those of dead processes.
    public static TempSpace open(Path parent) throws IOException {
        DurableFiles.createDirectories(parent);
        Path real = parent.toRealPath();
        List<Claim> dead;
        TempSpace space;
        try (ProcessLock _ = ProcessLock.acquire(real.resolve(ENTRY_LOCK))) {
            dead = claimDead(real);
            space = create(real);
        }
        for (Claim claim : dead) {
            claim.remove().ifPresent(space.leftovers::add);
        }
        return space;
    }

    /// The directory, for files and trees of any name but `lease`.
    public Path directory() {
        return directory;
    }

    /// A path in the directory that was not given before; nothing is made there.
    public Path next(String prefix) {
        return directory.resolve(prefix + "-" + names.incrementAndGet());
    }

    /// What dead processes left and could not be removed, with the reason; for a warning.
    public List<String> leftovers() {
        return List.copyOf(leftovers);
    }

    /// Keeps new openers out for as long as it is held.
    ProcessLock lockEntry() throws IOException {
        return ProcessLock.acquire(directory.resolveSibling(ENTRY_LOCK));
    }

    /// When the other living openers of spaces beside this one came, the entry lock being held.
    List<Instant> othersSince() throws IOException {
        List<Instant> since = new ArrayList<>();
        Path parent = directory.resolveSibling("");
        try (DirectoryStream<Path> spaces = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path space : spaces) {
                if (!space.equals(directory) && isAlive(space)) {
                    begin(space).ifPresent(since::add);
                }
            }
        }
        return since;
    }

    /// Empty if its opener has gone meanwhile.
    private static Optional<Instant> begin(Path space) throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(space.resolve(LEASE)).toInstant());
        } catch (NoSuchFileException gone) {
            return Optional.empty();
        }
    }

    /// Removes the directory with all that is in it.
    @Override
    public void close() throws IOException {
        if (OWN.contains(directory)) {
            FileTrees.delete(directory, directory.resolve(LEASE));
            lease.close();
            OWN.remove(directory);
            try {
                FileTrees.delete(directory);
            } catch (DirectoryNotEmptyException claimed) {
                return; // by an opener that took it for a dead one's, and removes it
            }
        }
    }

    private static TempSpace create(Path parent) throws IOException {
        byte[] random = new byte[6];
        ThreadLocalRandom.current().nextBytes(random);
        Path directory =
                parent.resolve(
                        ProcessHandle.current().pid() + "-" + HexFormat.of().formatHex(random));
        Files.createDirectory(directory);
        OWN.add(directory);
        FileChannel lease = openLease(directory);
        lease.lock();
        return new TempSpace(directory, lease);
    }

    private static FileChannel openLease(Path directory) throws IOException {
        return FileChannel.open(
                directory.resolve(LEASE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /// Makes nothing: one without a lease is being removed, or a dead opener's.
    private static boolean isAlive(Path space) throws IOException {
        if (!OWN.contains(space) && !Files.exists(space.resolve(LEASE))) {
            return false;
        }
        Optional<Claim> claim = claim(space);
        if (claim.isPresent()) {
            claim.get().release();
        }
        return claim.isEmpty();
    }

    private static List<Claim> claimDead(Path parent) throws IOException {
        List<Claim> dead = new ArrayList<>();
        try (DirectoryStream<Path> spaces = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path space : spaces) {
                claim(space).ifPresent(dead::add);
            }
        }
        return dead;
    }

    /// Takes over the lease of a dead opener; empty if it lives, or if another sweeps it already.
    private static Optional<Claim> claim(Path space) throws IOException {
        if (OWN.contains(space)) {
            return Optional.empty();
        }
        FileChannel lease;
        try {
            lease = openLease(space);
        } catch (NoSuchFileException | AccessDeniedException e) {
            return Optional.empty(); // swept meanwhile, or another user's: not ours to judge
        }
        FileLock lock = lease.tryLock();
        if (lock == null) {
            lease.close();
            return Optional.empty();
        }
        OWN.add(space);
        return Optional.of(new Claim(space, lease));
    }

    /// A dead opener's space, its lease held by this process.
    private record Claim(Path space, FileChannel lease) {

        /// @return why it could not be removed, or empty
        Optional<String> remove() throws IOException {
            try {
                FileTrees.delete(space, space.resolve(LEASE));
                FileTrees.delete(space);
                return Optional.empty();
            } catch (IOException e) {
                return Optional.of(
                        "a dead process left '" + space + "', which can't be removed: " + e);
            } finally {
                release();
            }
        }

        void release() throws IOException {
            lease.close();
            OWN.remove(space);
        }
    }
}
