package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;

/// The directories of a layer that is being unpacked and what they get in the end, as making
/// something in them would change it.
final class LayerDirectories {
    static final int MODE_OF_IMPLIED = 0700;

    private static final int UNKNOWN = -1;

    /// @param madeWith the mode this process made it with, or [#UNKNOWN]
    private record Wanted(Metadata metadata, int madeWith) {}

    private final TreeMap<EntryPath, Wanted> directories = new TreeMap<>();

    boolean contains(EntryPath path) {
        return directories.containsKey(path);
    }

    int size() {
        return directories.size();
    }

    /// Of one just made.
    void put(EntryPath path, Metadata metadata, int madeWith) {
        directories.put(path, new Wanted(metadata, madeWith));
    }

    /// Of one that was there.
    void put(EntryPath path, Metadata metadata) {
        Wanted before = directories.get(path);
        directories.put(path, new Wanted(metadata, before == null ? UNKNOWN : before.madeWith()));
    }

    /// Forgets one that is about to go, and those in it.
    void remove(EntryPath path) {
        if (directories.remove(path) == null) {
            return;
        }
        String inside = path.latin1() + "/";
        var rest = directories.tailMap(path, false).entrySet().iterator();
        while (rest.hasNext() && rest.next().getKey().latin1().startsWith(inside)) {
            rest.remove();
        }
    }

    /// Gives all of them their metadata, from the inside out: one that nobody may enter stays
    /// passable until it's done.
    void finish(DirectoryCursor cursor, MetadataWriter writer, Xattrs kind) throws IOException {
        for (Map.Entry<EntryPath, Wanted> entry : directories.descendingMap().entrySet()) {
            EntryPath path = entry.getKey();
            Metadata metadata = entry.getValue().metadata();
            Directory above =
                    writer.isComplete(entry.getValue().madeWith(), metadata) && !path.isRoot()
                            ? cursor.enter(path.parent().orElseThrow())
                            : null;
            if (above != null) {
                above.utimes(path.nameLatin1(), metadata.mtime());
                continue;
            }
            Directory directory = cursor.enter(path);
            // null: something else took its place
            if (directory != null) {
                removeOtherXattrs(directory, metadata, kind);
                writer.of(directory, metadata);
            }
        }
    }

    /// A directory of a copy may have some from below, which its entry doesn't have.
    private static void removeOtherXattrs(Directory directory, Metadata metadata, Xattrs kind)
            throws IOException {
        for (String name : kind.of(directory).keySet()) {
            if (!metadata.xattrs().containsKey(name)) {
                directory.removeXattr(kind.stored(name));
            }
        }
    }
}
