package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.SyscallException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which names of the upper tree are one inode, and what these names are below. Asked only for a
/// file with several names that is otherwise unchanged, so it is made when first needed.
final class HardLinks {
    /// The inodes below that the names of one upper inode have; null among them if one has none.
    private final Map<Inodes.Key, Set<Inodes.@Nullable Key>> below = new HashMap<>();

    HardLinks(Directory upper, Directory lower) throws SyscallException {
        collect(upper, lower);
    }

    /// Whether all names of the upper inode are names of this one below, too.
    boolean areLinkedBelow(FileStatus upper, FileStatus lower) {
        Set<Inodes.@Nullable Key> inodes = below.get(Inodes.Key.of(upper));
        return inodes != null && inodes.size() == 1 && inodes.contains(Inodes.Key.of(lower));
    }

    private void collect(Directory upper, @Nullable Directory lower) throws SyscallException {
        try (Level.Stack levels = new Level.Stack(upper, lower)) {
            for (Level at = levels.top(); at != null; at = levels.top()) {
                if (at.hasNext()) {
                    collect(at.next(), at, levels);
                } else {
                    levels.leave();
                }
            }
        }
    }

    private void collect(String name, Level at, Level.Stack levels) throws SyscallException {
        Directory lower = at.other();
        FileStatus status = at.directory().status(name);
        if (status.isDirectory()) {
            Directory other = lower == null ? null : lower.directoryIfPresent(name);
            levels.enter(name, at.directory().directory(name), other);
        } else if (status.links() > 1) {
            FileStatus other = lower == null ? null : lower.statusIfPresent(name);
            below.computeIfAbsent(Inodes.Key.of(status), key -> new HashSet<>())
                    .add(other == null ? null : Inodes.Key.of(other));
        }
    }
}
