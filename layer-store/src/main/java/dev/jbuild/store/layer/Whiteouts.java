package dev.jbuild.store.layer;

import java.util.Optional;

/// The names that mean a deletion (OCI image-spec 1.1, layer.md, "Whiteouts").
public final class Whiteouts {
    /// The prefix of the entry for a deleted sibling.
    public static final String PREFIX = ".wh.";

    /// The name of the entry that hides everything the layers below have in its directory.
    public static final String OPAQUE = ".wh..wh..opq";

    private Whiteouts() {}

    /// The entry that deletes `path`.
    public static EntryPath whiteoutOf(EntryPath path) {
        return path.parent().orElseThrow().child(PREFIX + path.nameLatin1());
    }

    /// The entry that makes `directory` opaque.
    public static EntryPath opaqueMarkerOf(EntryPath directory) {
        return directory.child(OPAQUE);
    }

    public static boolean isOpaqueMarker(EntryPath path) {
        return path.nameLatin1().equals(OPAQUE);
    }

    /// What an entry deletes, or empty if it is no whiteout. An opaque marker is none.
    public static Optional<EntryPath> deletedBy(EntryPath path) {
        String name = path.nameLatin1();
        if (!name.startsWith(PREFIX) || name.startsWith(PREFIX + PREFIX)) {
            return Optional.empty();
        }
        return Optional.of(path.parent().orElseThrow().child(name.substring(PREFIX.length())));
    }
}
