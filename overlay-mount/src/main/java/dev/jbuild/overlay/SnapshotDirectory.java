package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Mounting;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DurableFiles;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
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
/// s/sha256-HEX/record   parent, short name, boot (see SnapshotRecord); its mtime is the last use
/// s/sha256-HEX/size     the bytes it occupies, once someone asked
/// l/SHORT               symlink to ../s/sha256-HEX/fs, for mount options
/// empty/                a directory without anything, for overlays that need one more
/// active/LEASE/N/       unfinished work of a process (see Lease and Workspace)
/// lock                  held while a snapshot comes, goes or is taken as a parent
/// unpack.lock           a byte of it is locked while a layer is unpacked (see UnpackLock)
/// ```
///
/// A snapshot is made as `active/LEASE/N/snapshot` and renamed to its place. Nothing is synced
/// then: one of an earlier boot counts only if a later process has found it on disk.
///
/// A use renews the time of last use, at most every [DirectoryBlobStore#RENEWAL]; so what a living
/// process has found to be here can be told from what nobody relies on, as for blobs.
final class SnapshotDirectory implements AutoCloseable {
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
        return SnapshotRecord.read(recordOf(id)).filter(record -> record.isTrusted(boot()));
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

    /// Whether the snapshot is complete. If it is, it has been used now.
    boolean use(ChainId id) throws IOException {
        if (find(id).isEmpty()) {
            return false;
        }
        if (!isDue(id)) {
            return true;
        }
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            boolean here = find(id).isPresent();
            if (here) {
                renew(id);
            }
            return here;
        }
    }

    /// When the snapshot was last used, to within [DirectoryBlobStore#RENEWAL].
    Instant lastUsed(ChainId id) throws IOException {
        return Files.getLastModifiedTime(recordOf(id)).toInstant();
    }

    private boolean isDue(ChainId id) throws IOException {
        try {
            return lastUsed(id).isBefore(Instant.now().minus(DirectoryBlobStore.RENEWAL));
        } catch (NoSuchFileException gone) {
            return true; // looked at again under the lock
        }
    }

    private void renew(ChainId id) throws IOException {
        Files.setLastModifiedTime(recordOf(id), FileTime.from(Instant.now()));
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
        return open(parent, true);
    }

    /// The same, for work that begins before its parent is complete. It has to be at the commit.
    Workspace openUnder(Optional<ChainId> parent) throws IOException {
        return open(parent, false);
    }

    private Workspace open(Optional<ChainId> parent, boolean required) throws IOException {
        Path path = lease().newPath();
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            Files.createDirectory(path);
            if (parent.isPresent()) {
                if (required) {
                    require(parent.get());
                    renew(parent.get());
                }
                Files.writeString(path.resolve(PARENT), parent.get().toString());
            }
        }
        Files.createDirectories(path.resolve(Workspace.SNAPSHOT).resolve(FILES));
        return new Workspace(path, parent);
    }

    /// Taken while a layer is unpacked, so that nobody else does the same.
    UnpackLock unpacking(ChainId id) throws IOException {
        lease();
        return UnpackLock.take(root.resolve("unpack.lock"), id);
    }

    /// Makes the files of a workspace the snapshot `id`, unless it exists.
    void commit(Workspace workspace, ChainId id) throws IOException {
        Path fresh = workspace.path().resolve(Workspace.SNAPSHOT);
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            if (find(id).isPresent()) {
                return;
            }
            if (workspace.parent().isPresent()) {
                require(workspace.parent().get());
            }
            discard(libc, id);
            new SnapshotRecord(workspace.parent(), newLink(id), Optional.of(boot()))
                    .write(fresh.resolve(RECORD));
            Files.move(fresh, pathOf(id));
        }
    }

    /// Removes a snapshot that nothing stands on.
    void remove(ChainId id) throws IOException {
        Optional<Path> trash = takeAway(id, Instant.MAX);
        if (trash.isPresent()) {
            empty(trash.get());
        }
    }

    /// Takes a snapshot out of its place, which is quick; [#empty] does the rest.
    ///
    /// @return empty if it isn't here
    /// @throws SnapshotInUseException if another stands on it, work goes on on it, or it was used
    ///     since
    Optional<Path> takeAway(ChainId id, Instant unusedSince) throws IOException {
        if (!Files.exists(pathOf(id))) {
            return Optional.empty();
        }
        Path trash = lease().newPath();
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            refuseIfUsed(id);
            if (find(id).isPresent() && lastUsed(id).isAfter(unusedSince)) {
                throw new SnapshotInUseException(
                        "snapshot " + id + " can't be removed: it was used just now");
            }
            Files.createDirectory(trash);
            moveAway(id, trash);
            return Optional.of(trash);
        } catch (NoSuchFileException gone) {
            return Optional.empty(); // by another process, just now
        }
    }

    void empty(Path trash) throws IOException {
        try (Libc libc = Libc.open()) {
            removeTree(libc, trash);
        }
    }

    /// Whether processes are at work here, or left something.
    boolean hasLeases() throws IOException {
        return Lease.any(active);
    }

    Path active() {
        return active;
    }

    Path recordOf(ChainId id) {
        return pathOf(id).resolve(RECORD);
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

    /// Of a commit that was killed between making the link and the rename, and of a removal that
    /// was killed after the move.
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
                        FileTime used = Files.getLastModifiedTime(recordOf(id));
                        record.get().synced().write(recordOf(id));
                        Files.setLastModifiedTime(recordOf(id), used);
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

    /// For good, before anything of it is removed: one that a power cut or a kill left without its
    /// short name or some of its files would be taken for a whole one.
    private void moveAway(ChainId id, Path trash) throws IOException {
        Optional<SnapshotRecord> record = SnapshotRecord.read(recordOf(id));
        Files.move(pathOf(id), trash.resolve(Workspace.SNAPSHOT));
        DurableFiles.syncDirectory(snapshots);
        if (record.isPresent()) {
            Files.deleteIfExists(links.resolve(record.get().link()));
        }
    }

    private List<ChainId> all() throws IOException {
        List<ChainId> ids = new ArrayList<>();
        for (Path path : entries(snapshots)) {
            idOf(path).ifPresent(ids::add);
        }
        return ids;
    }

    /// What is in the directory of snapshots, whatever it is called.
    List<Path> entries() throws IOException {
        return entries(snapshots);
    }

    /// The snapshot that a path in the directory of snapshots is for; none if it is called
    /// otherwise.
    static Optional<ChainId> idOf(Path path) {
        try {
            String name = path.getFileName().toString();
            return Optional.of(ChainId.parse(name.replaceFirst("-", ":")))
                    .filter(id -> nameOf(id).equals(name));
        } catch (IllegalArgumentException other) {
            return Optional.empty();
        }
    }

    static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted().toList();
        } catch (NoSuchFileException none) {
            return List.of();
        }
    }

    Path pathOf(ChainId id) {
        return snapshots.resolve(nameOf(id));
    }

    /// Gives up the lease, if there is one. Nothing can be begun any more.
    @Override
    public void close() throws IOException {
        synchronized (this) {
            Lease held = lease;
            if (held != null) {
                held.close();
            }
        }
    }

    /// Puts away what stands in the way of a snapshot, or is damaged, whatever is in it.
    ///
    /// @throws SnapshotInUseException if work goes on on it, or a complete snapshot stands on it
    void discard(ChainId id) throws IOException {
        lease();
        try (Libc libc = Libc.open();
                var _ = locked(libc)) {
            refuseIfUsed(id);
            discard(libc, id);
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

    private static String nameOf(ChainId id) {
        return id.toString().replace(':', '-');
    }

    /// Held while a snapshot comes, goes or is taken as a parent.
    OpenFile locked(Libc libc) throws IOException {
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
