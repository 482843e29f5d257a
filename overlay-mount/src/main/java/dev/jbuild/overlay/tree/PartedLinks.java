package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.OpenFile;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Joins hard links again that overlayfs parted. Of a file with several names in the layers below,
/// it copies up the one name through which mode, owner or attributes are changed, and leaves the
/// others as they were; elsewhere they all change. What was copied up so is known by its content,
/// type and mtime, which such a change leaves alone.
///
/// Not joined, as nothing tells the two from a file that was put in the place of another: a name
/// whose content or mtime was changed, or that was moved away. Nor are names that were given
/// different modes, owners or attributes.
public final class PartedLinks {
    private static final int BLOCK = 128 * 1024;

    private final Directory upperRoot;
    private final Directory lowerRoot;
    private final Directory mergedRoot;
    private final Map<Inodes.Key, List<Copy>> copies = new LinkedHashMap<>();
    private final Map<Inodes.Key, List<EntryPath>> upperNames = new HashMap<>();
    private final Map<Inodes.Key, List<EntryPath>> lowerNames = new HashMap<>();
    private final List<EntryPath> unchanged = new ArrayList<>();
    private final byte[] mine = new byte[BLOCK];
    private final byte[] theirs = new byte[BLOCK];

    /// A file of the upper directory that was copied there from one with several names.
    private record Copy(EntryPath path, FileStatus status, Metadata metadata, Metadata below) {
        boolean isChanged() {
            return !metadata.equals(below);
        }

        Inodes.Key inode() {
            return Inodes.Key.of(status);
        }
    }

    /// @param upper of an overlay with `userxattr`
    /// @param lower the layers below as one tree
    /// @param merged the mounted overlay, through which names are joined
    public PartedLinks(Directory upper, Directory lower, Directory merged) {
        this.upperRoot = upper;
        this.lowerRoot = lower;
        this.mergedRoot = merged;
    }

    /// Joins them. The times of directories stay.
    ///
    /// @return names that are in the upper directory without differing from what is below, where
    ///     they had more names; with them gone from there, the names are one file again
    public List<EntryPath> join() throws IOException {
        collectCopies();
        if (!copies.isEmpty()) {
            collectLowerNames();
            for (Map.Entry<Inodes.Key, List<Copy>> group : copies.entrySet()) {
                join(group.getValue(), lowerNames.getOrDefault(group.getKey(), List.of()));
            }
        }
        return unchanged;
    }

    private void join(List<Copy> group, List<EntryPath> below) throws IOException {
        Set<Metadata> changes = new HashSet<>();
        @Nullable Copy first = null;
        boolean linkedAnew = false;
        for (Copy copy : group) {
            if (copy.isChanged()) {
                changes.add(copy.metadata());
                first = first == null ? copy : first;
            }
            linkedAnew |= copy.status().links() > 1;
        }
        if (changes.size() > 1) {
            return;
        }
        if (first == null) {
            if (!linkedAnew) {
                group.forEach(copy -> unchanged.add(copy.path()));
                return;
            }
            first = group.getFirst();
        }
        Set<EntryPath> others = new HashSet<>();
        for (Copy copy : group) {
            if (!copy.inode().equals(first.inode())) {
                others.add(copy.path());
                others.addAll(upperNames.getOrDefault(copy.inode(), List.of()));
            }
        }
        for (EntryPath name : below) {
            if (isSeenFromBelow(name)) {
                others.add(name);
            }
        }
        for (EntryPath name : others) {
            link(first.path(), name);
        }
    }

    private void link(EntryPath existing, EntryPath name) throws IOException {
        EntryPath in = existing.parent().orElseThrow();
        EntryPath to = name.parent().orElseThrow();
        try (DirectoryCursor from = new DirectoryCursor(mergedRoot);
                DirectoryCursor into = new DirectoryCursor(mergedRoot)) {
            Directory source = from.enter(in);
            Directory target = into.enter(to);
            if (source == null || target == null) {
                throw new IOException("'/" + name + "' went away while its links were joined");
            }
            FileStatus before = target.status();
            target.removeTree(name.nameLatin1());
            target.makeLink(name.nameLatin1(), source, existing.nameLatin1());
            target.utimes(before.mtime());
        }
    }

    /// Whether what has this name below has it still, the upper directory having nothing there.
    private boolean isSeenFromBelow(EntryPath path) throws IOException {
        try (DirectoryCursor cursor = new DirectoryCursor(upperRoot)) {
            EntryPath at = EntryPath.ROOT;
            for (String name : path.latin1().split("/", -1)) {
                Directory directory = cursor.enter(at);
                FileStatus status = directory == null ? null : directory.statusIfPresent(name);
                if (directory == null || directory.xattr(Xattrs.OPAQUE) != null) {
                    return false;
                }
                if (status == null) {
                    return true;
                }
                at = at.child(name);
            }
            return false;
        }
    }

    private void collectCopies() throws IOException {
        try (Level.Stack levels = new Level.Stack(upperRoot, lowerRoot)) {
            for (Level at = levels.top(); at != null; at = levels.top()) {
                if (at.hasNext()) {
                    collectCopies(at, at.next(), levels);
                } else {
                    levels.leave();
                }
            }
        }
    }

    private void collectCopies(Level at, String name, Level.Stack levels) throws IOException {
        Directory upper = at.directory();
        Directory lower = at.other();
        FileStatus status = upper.status(name);
        if (status.isDirectory()) {
            Directory child = upper.directory(name);
            boolean opaque = child.xattr(Xattrs.OPAQUE) != null;
            Directory other = lower == null || opaque ? null : lower.directoryIfPresent(name);
            levels.enter(name, child, other);
            return;
        }
        if (status.links() > 1) {
            upperNames
                    .computeIfAbsent(Inodes.Key.of(status), key -> new ArrayList<>())
                    .add(at.path().child(name));
        }
        FileStatus below = lower == null ? null : lower.statusIfPresent(name);
        if (lower != null && below != null && below.links() > 1 && !below.isDirectory()) {
            collectCopy(at.path().child(name), name, status, below, upper, lower);
        }
    }

    private void collectCopy(
            EntryPath path,
            String name,
            FileStatus status,
            FileStatus below,
            Directory upper,
            Directory lower)
            throws IOException {
        if (status.type() != below.type()
                || status.mtimeSeconds() != below.mtimeSeconds()
                || status.mtimeNanos() != below.mtimeNanos()
                || status.rdevMajor() != below.rdevMajor()
                || status.rdevMinor() != below.rdevMinor()
                || (status.isRegular() && status.size() != below.size())
                || !hasSameContent(name, status, upper, lower)) {
            return;
        }
        copies.computeIfAbsent(Inodes.Key.of(below), key -> new ArrayList<>())
                .add(
                        new Copy(
                                path,
                                status,
                                Inodes.metadata(
                                        status, xattrs(Xattrs.OVERLAY, upper, name, status)),
                                Inodes.metadata(below, xattrs(Xattrs.PLAIN, lower, name, below))));
    }

    private static SortedMap<String, ByteString> xattrs(
            Xattrs kind, Directory directory, String name, FileStatus status)
            throws SyscallException {
        if (!status.isRegular()) {
            return kind.of(directory, name);
        }
        try (OpenFile file = directory.file(name)) {
            return kind.of(file);
        }
    }

    private boolean hasSameContent(String name, FileStatus status, Directory upper, Directory lower)
            throws IOException {
        if (status.isSymlink()) {
            return upper.symlinkTarget(name).equals(lower.symlinkTarget(name));
        }
        if (!status.isRegular()) {
            return true;
        }
        try (OpenFile file = upper.file(name);
                OpenFile other = lower.file(name)) {
            return file.sameContent(other, mine, theirs);
        }
    }

    private void collectLowerNames() throws IOException {
        try (Level.Stack levels = new Level.Stack(lowerRoot, null)) {
            for (Level at = levels.top(); at != null; at = levels.top()) {
                if (!at.hasNext()) {
                    levels.leave();
                    continue;
                }
                String name = at.next();
                FileStatus status = at.directory().status(name);
                if (status.isDirectory()) {
                    levels.enter(name, at.directory().directory(name), null);
                } else if (status.links() > 1 && copies.containsKey(Inodes.Key.of(status))) {
                    lowerNames
                            .computeIfAbsent(Inodes.Key.of(status), key -> new ArrayList<>())
                            .add(at.path().child(name));
                }
            }
        }
    }
}
