package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Mounting;
import dev.jbuild.overlay.linux.OpenFile;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Snapshots on disk, whatever is in them.
///
/// ```
/// s/sha256-HEX/fs       the files
/// s/sha256-HEX/record   parent, short name, boot (see SnapshotRecord)
/// l/SHORT               symlink to ../s/sha256-HEX/fs, for mount options
/// empty/                a directory without anything, for overlays that need one more
/// active/LEASE/N/       unfinished work of a process (see Lease and Workspace)
/// lock                  held while a snapshot comes, goes or is taken as a parent
/// ```
///
/// A snapshot is made as `active/LEASE/N/snapshot` and renamed to its place. Nothing is synced
/// then: one of an earlier boot counts only if a later process has found it on disk.
final class SnapshotDirectory {
    private static final String FILES = "fs";
    private static final String RECORD = "record";
    private static final String PARENT = "parent";

    private final Path root;
    private final Path snapshots;
    private final Path links;
    private final Path active;
    private volatile @Nullable Lease lease;
    private volatile @Nullable String boot;

    /// Nothing is made or read before it is needed.
    SnapshotDirectory(Path root) {
        this.root = root.toAbsolutePath().normalize();
        this.snapshots = this.root.resolve("s");
        this.links = this.root.resolve("l");
        this.active = this.root.resolve("active");
    }

    /// The record of a snapshot that is complete.
    Optional<SnapshotRecord> find(ChainId id) throws IOException {
        try {
            return SnapshotRecord.parse(Files.readString(pathOf(id).resolve(RECORD)))
                    .filter(record -> record.isTrusted(boot()));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        }
    }

    SnapshotRecord require(ChainId id) throws IOException {
        return find(id).orElseThrow(
                        () ->
                                new NoSuchFileException(
                                        "snapshot "
                                                + id
                                                + " is not in '"
                                                + root
                                                + "'; unpack its layers first"));
    }

    /// The files of a snapshot.
    Path files(ChainId id) {
        return pathOf(id).resolve(FILES);
    }

    /// The short names of a snapshot and those below it, from the top down.
    List<String> stack(ChainId id) throws IOException {
        List<String> names = new ArrayList<>();
        for (Optional<ChainId> at = Optional.of(id); at.isPresent(); ) {
            SnapshotRecord record = require(at.get());
            names.add(record.link());
            at = record.parent();
        }
        return names;
    }

    Path links() {
        return links;
    }

    Set<ChainId> list() throws IOException {
        Set<ChainId> complete = new HashSet<>();
        for (ChainId id : all()) {
            if (find(id).isPresent()) {
                complete.add(id);
            }
        }
        return complete;
    }

    /// A place for new work on top of `parent`, which can't be removed meanwhile. The caller closes
    /// it.
    Workspace open(Optional<ChainId> parent) throws IOException {
        Path path = lease().newPath();
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            Files.createDirectory(path);
            if (parent.isPresent()) {
                require(parent.get());
                Files.writeString(path.resolve(PARENT), parent.get().toString());
            }
        }
        Files.createDirectories(path.resolve(Workspace.SNAPSHOT).resolve(FILES));
        return new Workspace(path, parent);
    }

    /// Makes the files of a workspace the snapshot `id`, unless it exists.
    void commit(Workspace workspace, ChainId id) throws IOException {
        Path fresh = workspace.path().resolve(Workspace.SNAPSHOT);
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            if (find(id).isPresent()) {
                return;
            }
            discard(libc, id);
            new SnapshotRecord(workspace.parent(), newLink(id), Optional.of(boot()))
                    .write(fresh.resolve(RECORD));
            Files.move(fresh, pathOf(id));
        }
    }

    /// Removes a snapshot that nothing stands on.
    void remove(ChainId id) throws IOException {
        if (!Files.exists(pathOf(id))) {
            return;
        }
        Path trash = lease().newPath();
        try (Libc libc = Libc.open()) {
            try (var _ = locked(libc)) {
                refuseIfUsed(id);
                Files.createDirectory(trash);
                moveAway(id, trash);
            }
            removeTree(libc, trash);
        } catch (NoSuchFileException gone) {
            // by another process, just now
        }
    }

    /// Removes what processes left that are gone.
    void sweep() throws IOException {
        Lease.sweep(
                active,
                directory -> {
                    try (Libc libc = Libc.open()) {
                        removeDead(libc, directory);
                        removeDanglingLinks(libc);
                    }
                });
    }

    /// Of a commit that was killed between making the link and the rename.
    private void removeDanglingLinks(Libc libc) throws IOException {
        try (var _ = locked(libc);
                Stream<Path> all = Files.list(links)) {
            for (Path link : all.toList()) {
                if (!Files.exists(link)) {
                    Files.deleteIfExists(link);
                }
            }
        }
    }

    /// Waits until the snapshots of this boot are on disk, and takes a note of it for later boots.
    /// Those of earlier boots that have no such note are removed.
    void sync() throws IOException {
        List<ChainId> unsynced = new ArrayList<>();
        List<ChainId> untrusted = new ArrayList<>();
        for (ChainId id : all()) {
            Optional<SnapshotRecord> record = find(id);
            if (record.isEmpty()) {
                untrusted.add(id);
            } else if (record.get().unsyncedSince().isPresent()) {
                unsynced.add(id);
            }
        }
        if (unsynced.isEmpty() && untrusted.isEmpty()) {
            return;
        }
        try (Libc libc = Libc.open()) {
            try (Directory directory = Directory.open(libc, snapshots)) {
                directory.syncFileSystem();
            }
            try (var _ = locked(libc)) {
                for (ChainId id : unsynced) {
                    Optional<SnapshotRecord> record = find(id);
                    if (record.isPresent()) {
                        record.get().synced().write(pathOf(id).resolve(RECORD));
                    }
                }
                for (ChainId id : untrusted) {
                    if (find(id).isEmpty()) {
                        discard(libc, id);
                    }
                }
            }
        }
    }

    /// Does [#sync] beside the work.
    private void startSync() {
        Thread.ofPlatform()
                .daemon()
                .name("snapshots-to-disk")
                .start(
                        () -> {
                            try {
                                sync();
                            } catch (IOException e) {
                                // Nothing is noted then, which is the truth; the next process
                                // tries again, and the work at hand meets the same error itself.
                                return;
                            }
                        });
    }

    static void removeTree(Libc libc, Path path) throws IOException {
        try (Directory parent = Directory.open(libc, path.resolveSibling(""))) {
            parent.removeTree(path.getFileName().toString());
        }
    }

    private void removeDead(Libc libc, Path directory) throws IOException {
        try (Stream<Path> works = Files.list(directory)) {
            for (Path work : works.toList()) {
                Mounting.unmountIfMounted(libc, work.resolve(Workspace.ROOT));
            }
        }
        removeTree(libc, directory);
    }

    private void refuseIfUsed(ChainId id) throws IOException {
        for (ChainId other : all()) {
            if (find(other).filter(r -> r.parent().equals(Optional.of(id))).isPresent()) {
                throw new SnapshotInUseException(
                        "snapshot " + id + " can't be removed: snapshot " + other + " is on it");
            }
        }
        try (Stream<Path> leases = Files.list(active)) {
            for (Path owner : leases.filter(Files::isDirectory).toList()) {
                try (Stream<Path> works = Files.list(owner)) {
                    for (Path work : works.toList()) {
                        if (parentOf(work).equals(Optional.of(id.toString()))) {
                            throw new SnapshotInUseException(
                                    "snapshot "
                                            + id
                                            + " can't be removed: it is in use by a build");
                        }
                    }
                }
            }
        }
    }

    private static Optional<String> parentOf(Path work) throws IOException {
        try {
            return Optional.of(Files.readString(work.resolve(PARENT)));
        } catch (java.nio.file.FileSystemException none) {
            return Optional.empty();
        }
    }

    /// Puts away what stands in the place of `id` without being complete.
    private void discard(Libc libc, ChainId id) throws IOException {
        if (Files.exists(pathOf(id))) {
            Path trash = lease().newPath();
            Files.createDirectory(trash);
            moveAway(id, trash);
            removeTree(libc, trash);
        }
    }

    private void moveAway(ChainId id, Path trash) throws IOException {
        Optional<SnapshotRecord> record =
                SnapshotRecord.parse(readIfPresent(pathOf(id).resolve(RECORD)));
        if (record.isPresent()) {
            Files.deleteIfExists(links.resolve(record.get().link()));
        }
        Files.move(pathOf(id), trash.resolve(Workspace.SNAPSHOT));
    }

    private static String readIfPresent(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException absent) {
            return "";
        }
    }

    private List<ChainId> all() throws IOException {
        if (!Files.isDirectory(snapshots)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.list(snapshots)) {
            return paths.map(path -> path.getFileName().toString())
                    .map(name -> ChainId.parse(name.replaceFirst("-", ":")))
                    .toList();
        }
    }

    private String newLink(ChainId id) throws IOException {
        while (true) {
            String name =
                    Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
            try {
                Files.createSymbolicLink(links.resolve(name), Path.of("../s", nameOf(id), FILES));
                return name;
            } catch (FileAlreadyExistsException taken) {
                // another name then
            }
        }
    }

    private Path pathOf(ChainId id) {
        return snapshots.resolve(nameOf(id));
    }

    private static String nameOf(ChainId id) {
        return id.toString().replace(':', '-');
    }

    private OpenFile locked(Libc libc) throws IOException {
        OpenFile lock = OpenFile.openForLock(libc, root.resolve("lock"));
        try {
            lock.lock();
            return lock;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    private String boot() {
        String known = boot;
        if (known == null) {
            try {
                known = SnapshotRecord.currentBoot();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            boot = known;
        }
        return known;
    }

    private Lease lease() throws IOException {
        Lease known = lease;
        if (known == null) {
            synchronized (this) {
                known = lease;
                if (known == null) {
                    Files.createDirectories(snapshots);
                    Files.createDirectories(links);
                    Files.createDirectories(root.resolve("empty"));
                    sweep();
                    known = Lease.take(active);
                    lease = known;
                    startSync();
                }
            }
        }
        return known;
    }
}
