package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// Names that a snapshot must not have, as its layer doesn't: unpacked again it would lack them.
/// Sockets are such, and whatever was below in their place must not come up either.
final class Sockets {
    private Sockets() {}

    /// Removes names; the directories keep their times.
    static void remove(Libc libc, Path root, List<EntryPath> names) throws IOException {
        change(libc, root, names, Directory::removeTree);
    }

    /// Puts whiteouts in the place of names that are below. Where nothing is below there may be
    /// none: overlayfs would list it.
    static void hide(Libc libc, Path upper, List<EntryPath> names) throws IOException {
        change(
                libc,
                upper,
                names,
                (directory, name) -> {
                    directory.removeTree(name);
                    directory.makeWhiteout(name);
                });
    }

    private interface Change {
        void on(Directory directory, String name) throws IOException;
    }

    private static void change(Libc libc, Path root, List<EntryPath> names, Change change)
            throws IOException {
        for (EntryPath path : names) {
            Path parent = Paths.below(root, path.parent().orElseThrow());
            try (Directory directory = Directory.open(libc, parent)) {
                Instant before = directory.status().mtime();
                change.on(directory, path.nameLatin1());
                directory.utimes(before);
            }
        }
    }
}
