package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Sockets are in no layer, so they must not be in a snapshot either: unpacked again it would lack
/// them, and whatever was below in their place.
final class Sockets {
    private Sockets() {}

    static void remove(Libc libc, Path root, List<EntryPath> sockets) throws IOException {
        remove(libc, root, sockets, false);
    }

    /// Puts whiteouts in their place, so that in an overlay nothing from below comes up there.
    static void hide(Libc libc, Path upper, List<EntryPath> sockets) throws IOException {
        remove(libc, upper, sockets, true);
    }

    private static void remove(Libc libc, Path root, List<EntryPath> sockets, boolean whiteouts)
            throws IOException {
        for (EntryPath socket : sockets) {
            Path parent = Paths.below(root, socket.parent().orElseThrow());
            try (Directory directory = Directory.open(libc, parent)) {
                directory.removeTree(socket.nameLatin1());
                if (whiteouts) {
                    directory.makeWhiteout(socket.nameLatin1());
                }
            }
        }
    }
}
