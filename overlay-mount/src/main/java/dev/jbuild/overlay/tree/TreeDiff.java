package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The changes that make one tree of another. What comes out is a function of the two trees alone:
/// an upper directory of an overlay and a full copy give the same entries.
///
/// - An entry is left out only if content, metadata and extended attributes are equal, and its hard
///   links are the same ones; never on the word of a timestamp. Of mtimes later than the sink's
///   clamp none is later than another.
/// - A directory is given if it differs or if something in it does. The root directory is given
///   only if its mode, owner or attributes differ: no other tool expects its mtime.
/// - Where two or more entries were in a directory and none of these names is left, the directory
///   is opaque; else each name that is gone is a whiteout. The root is never opaque: overlayfs, and
///   so docker and containerd, don't look there.
/// - Sockets mean nothing without their process and are left out, as in any tar, with a warning.
public final class TreeDiff {
    private static final int BLOCK = 128 * 1024;

    private final Directory upperRoot;
    private final @Nullable Directory lowerRoot;
    private final Xattrs xattrs;
    private final LayerSink sink;
    private final Instant latest;
    private final Consumer<String> warnings;
    private final Map<EntryPath, Instant> late = new HashMap<>();
    private final Deque<Visit> visits = new ArrayDeque<>();
    private final Deque<TarEntry.Directory> unwritten = new ArrayDeque<>();
    private final Map<Inodes.Key, EntryPath> written = new HashMap<>();
    private final List<EntryPath> sockets = new ArrayList<>();
    private final List<EntryPath> hidingSockets = new ArrayList<>();
    private final byte[] mine = new byte[BLOCK];
    private final byte[] theirs = new byte[BLOCK];
    private @Nullable HardLinks links;
    private boolean changed;

    /// @param upper a full tree, or the upper directory of an overlay
    /// @param lower the tree it is compared with; null is the empty one
    /// @param kind whether `upper` is the upper directory of an overlay
    public TreeDiff(
            Directory upper,
            @Nullable Directory lower,
            Xattrs kind,
            LayerSink sink,
            Consumer<String> warnings) {
        this.upperRoot = upper;
        this.lowerRoot = lower;
        this.xattrs = kind;
        this.sink = sink;
        this.latest = sink.clamp().orElse(Instant.MAX);
        this.warnings = warnings;
    }

    /// Gives all changes, in order.
    ///
    /// @return whether there was any
    public boolean run() throws IOException {
        root();
        try {
            enter(new Visit(EntryPath.ROOT, upperRoot, lowerRoot, xattrs == Xattrs.PLAIN, null));
            while (!visits.isEmpty()) {
                Visit at = visits.element();
                if (at.names.isEmpty()) {
                    leave();
                } else {
                    step(at, at.names.removeFirst());
                }
            }
        } finally {
            visits.forEach(Visit::close);
        }
        return changed;
    }

    /// The sockets that were left out.
    public List<EntryPath> sockets() {
        return List.copyOf(sockets);
    }

    /// Those of them that hide something below, in the upper directory of an overlay.
    public List<EntryPath> hidingSockets() {
        return List.copyOf(hidingSockets);
    }

    /// The mtimes that entries have to get for the tree to be what the layers say: the clamp, where
    /// one was given with a later mtime, and that of the lower tree, where one counts as unchanged
    /// because both are later than the clamp.
    public Map<EntryPath, Instant> late() {
        return Map.copyOf(late);
    }

    private void root() throws IOException {
        Metadata metadata = Inodes.metadata(upperRoot.status(), xattrs.of(upperRoot));
        Metadata below =
                lowerRoot == null
                        ? new Metadata(0755, 0, 0, Instant.EPOCH)
                        : Inodes.metadata(lowerRoot.status(), Xattrs.PLAIN.of(lowerRoot));
        if (!metadata.equals(below.withMtime(metadata.mtime()))) {
            add(new TarEntry.Directory(EntryPath.ROOT, metadata));
        }
    }

    /// A directory that is being compared. On a stack of their own: trees may be deeper than calls
    /// can be nested.
    private static final class Visit {
        private final EntryPath path;
        private final Directory upper;
        private final @Nullable Directory lower;
        private final boolean whole;
        private final @Nullable FileStatus same;
        private final Map<String, FileStatus> present = new HashMap<>();

        /// Those in it, and those gone from it, that are still to come.
        private final Deque<String> names = new ArrayDeque<>();

        /// @param whole whether `upper` has everything that is there, so that a name missing in it
        ///     is gone; else only whiteouts tell
        /// @param same what the directory was, if it is as it was
        Visit(
                EntryPath path,
                Directory upper,
                @Nullable Directory lower,
                boolean whole,
                @Nullable FileStatus same) {
            this.path = path;
            this.upper = upper;
            this.lower = lower;
            this.whole = whole;
            this.same = same;
        }

        void close() {
            if (!path.isRoot()) {
                upper.close();
                if (lower != null) {
                    lower.close();
                }
            }
        }
    }

    private void leave() {
        Visit left = visits.pop();
        left.close();
        if (left.same != null && !unwritten.isEmpty()) {
            TarEntry.Directory unchanged = unwritten.removeLast();
            noteUnchanged(unchanged.path(), unchanged.metadata().mtime(), left.same);
        }
    }

    private void step(Visit at, String name) throws IOException {
        FileStatus status = at.present.get(name);
        if (status == null) {
            record();
            sink.whiteout(at.path.child(name));
        } else {
            entry(new Place(at.path.child(name), name, status, at.upper, at.lower), at.whole);
        }
    }

    /// Learns what is in a directory, and what is gone from it.
    private void enter(Visit visit) throws IOException {
        visits.push(visit);
        EntryPath path = visit.path;
        Directory upper = visit.upper;
        @Nullable Directory lower = visit.lower;
        boolean whole = visit.whole;
        Map<String, FileStatus> present = visit.present;
        TreeSet<String> deleted = new TreeSet<>();
        for (String name : upper.names()) {
            FileStatus status = upper.status(name);
            if (xattrs == Xattrs.OVERLAY && status.isWhiteout()) {
                deleted.add(name);
            } else if (status.isSocket()) {
                socket(path.child(name));
                deleted.add(name);
                if (!whole && lower != null && lower.statusIfPresent(name) != null) {
                    hidingSockets.add(path.child(name));
                }
            } else {
                present.put(name, status);
            }
        }
        boolean opaque = false;
        if (lower == null) {
            deleted.clear();
        } else if (whole || deleted.size() > 1) {
            List<String> below = lower.names();
            opaque = below.size() > 1 && below.stream().noneMatch(present::containsKey);
            opaque &= !path.isRoot() && (whole || deleted.containsAll(below));
            if (whole) {
                deleted.addAll(below);
                deleted.removeAll(present.keySet());
            }
            deleted.retainAll(new TreeSet<>(below));
        } else if (!deleted.isEmpty() && lower.statusIfPresent(deleted.first()) == null) {
            deleted.clear();
        }
        if (opaque) {
            record();
            sink.opaque(path);
            deleted.clear();
        }
        TreeSet<String> names = new TreeSet<>(present.keySet());
        names.addAll(deleted);
        visit.names.addAll(names);
    }

    /// An entry of the upper tree and the directories it stands in.
    private record Place(
            EntryPath path,
            String name,
            FileStatus status,
            Directory upper,
            @Nullable Directory lower) {

        @Nullable FileStatus below() throws SyscallException {
            return lower == null ? null : lower.statusIfPresent(name);
        }
    }

    private void entry(Place place, boolean whole) throws IOException {
        switch (place.status().type()) {
            case DIRECTORY -> directory(place, whole);
            case REGULAR -> file(place);
            case SYMLINK, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> special(place);
            case SOCKET -> throw new IllegalStateException("sockets are left out before");
        }
    }

    private void directory(Place place, boolean whole) throws IOException {
        Directory upper = place.upper().directory(place.name());
        Directory lower = null;
        try {
            lower = place.lower() == null ? null : place.lower().directoryIfPresent(place.name());
            Metadata metadata = Inodes.metadata(place.status(), xattrs.of(upper));
            var entry = new TarEntry.Directory(place.path(), metadata);
            FileStatus below = lower == null ? null : lower.status();
            boolean same =
                    lower != null
                            && below != null
                            && Inodes.same(
                                    metadata,
                                    Inodes.metadata(below, Xattrs.PLAIN.of(lower)),
                                    latest);
            if (!same) {
                add(entry);
            } else {
                unwritten.addLast(entry);
            }
            boolean wholeBelow = whole || lower == null || upper.xattr(Xattrs.OPAQUE) != null;
            enter(new Visit(place.path(), upper, lower, wholeBelow, same ? below : null));
        } catch (IOException | RuntimeException e) {
            upper.close();
            if (lower != null) {
                lower.close();
            }
            throw e;
        }
    }

    private void file(Place place) throws IOException {
        Metadata metadata;
        try (OpenFile file = place.upper().file(place.name())) {
            metadata = Inodes.metadata(place.status(), xattrs.of(file));
            if (!isSameFile(place, file, metadata)) {
                if (!addedAsLink(place, metadata)) {
                    record();
                    var entry =
                            new TarEntry.RegularFile(place.path(), metadata, place.status().size());
                    noteLate(entry);
                    file.rewind();
                    sink.add(entry, file.content());
                }
            }
        }
    }

    private boolean isSameFile(Place place, OpenFile file, Metadata metadata) throws IOException {
        FileStatus below = place.below();
        if (below == null || !Inodes.same(place.status(), below, latest)) {
            return false;
        }
        Directory lower = java.util.Objects.requireNonNull(place.lower());
        try (OpenFile other = lower.file(place.name())) {
            boolean same =
                    metadata.xattrs().equals(Xattrs.PLAIN.of(other))
                            && file.sameContent(other, mine, theirs)
                            && hasSameLinks(place, below);
            if (same) {
                noteUnchanged(place.path(), place.status().mtime(), below);
            }
            return same;
        }
    }

    private void special(Place place) throws IOException {
        Metadata metadata = Inodes.metadata(place.status(), xattrs.of(place.upper(), place.name()));
        if (isSameSpecial(place, metadata) || addedAsLink(place, metadata)) {
            return;
        }
        FileStatus status = place.status();
        EntryPath path = place.path();
        add(
                switch (status.type()) {
                    case SYMLINK ->
                            new TarEntry.Symlink(
                                    path, metadata, place.upper().symlinkTarget(place.name()));
                    case FIFO -> new TarEntry.Fifo(path, metadata);
                    case CHARACTER_DEVICE, BLOCK_DEVICE ->
                            new TarEntry.Device(
                                    path,
                                    metadata,
                                    status.type() == FileStatus.Type.CHARACTER_DEVICE,
                                    status.rdevMajor(),
                                    status.rdevMinor());
                    case REGULAR, DIRECTORY, SOCKET ->
                            throw new IllegalStateException("not a special file: " + path);
                });
    }

    private boolean isSameSpecial(Place place, Metadata metadata) throws IOException {
        FileStatus below = place.below();
        if (below == null || !Inodes.same(place.status(), below, latest)) {
            return false;
        }
        Directory lower = java.util.Objects.requireNonNull(place.lower());
        ByteString noTarget = ByteString.of("");
        boolean symlink = below.isSymlink();
        ByteString target = symlink ? place.upper().symlinkTarget(place.name()) : noTarget;
        ByteString targetBelow = symlink ? lower.symlinkTarget(place.name()) : noTarget;
        boolean same =
                target.equals(targetBelow)
                        && metadata.xattrs().equals(Xattrs.PLAIN.of(lower, place.name()))
                        && hasSameLinks(place, below);
        if (same) {
            noteUnchanged(place.path(), place.status().mtime(), below);
        }
        return same;
    }

    private boolean addedAsLink(Place place, Metadata metadata) throws IOException {
        if (place.status().links() < 2) {
            return false;
        }
        EntryPath first = written.putIfAbsent(Inodes.Key.of(place.status()), place.path());
        if (first == null) {
            return false;
        }
        add(new TarEntry.HardLink(place.path(), metadata, first));
        return true;
    }

    private boolean hasSameLinks(Place place, FileStatus below) throws SyscallException {
        if (place.status().links() < 2) {
            return true;
        }
        if (links == null) {
            links = new HardLinks(upperRoot, java.util.Objects.requireNonNull(lowerRoot));
        }
        return links.areLinkedBelow(place.status(), below);
    }

    private void socket(EntryPath path) {
        sockets.add(path);
        warnings.accept("'/" + path + "' is a socket, which a layer can't hold: it is left out");
    }

    private void add(TarEntry entry) throws IOException {
        record();
        noteLate(entry);
        sink.add(entry);
    }

    private void noteLate(TarEntry entry) {
        if (entry.metadata().mtime().isAfter(latest) && !entry.path().isRoot()) {
            late.put(entry.path(), latest);
        }
    }

    private void noteUnchanged(EntryPath path, Instant mtime, FileStatus below) {
        if (!mtime.equals(below.mtime())) {
            late.put(path, below.mtime());
        }
    }

    /// Before each change: gives the directories above it that didn't differ themselves.
    private void record() throws IOException {
        changed = true;
        while (!unwritten.isEmpty()) {
            TarEntry.Directory above = unwritten.removeFirst();
            noteLate(above);
            sink.add(above);
        }
    }
}
