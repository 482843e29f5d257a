package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.overlay.tree.Xattrs;
import dev.jbuild.store.layer.ByteString;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SortedMap;

/// The extended attributes of a file that a copy of it keeps: `user.*`, file capabilities and
/// access control lists.
public final class LayerAttributes {
    private LayerAttributes() {}

    /// @param file is not followed if it is a symlink
    public static SortedMap<String, ByteString> of(Path file) throws IOException {
        Path absolute = file.toAbsolutePath();
        Path parent = absolute.getParent();
        try (Libc libc = Libc.open()) {
            if (parent == null) {
                try (Directory root = Directory.open(libc, absolute)) {
                    return Xattrs.PLAIN.of(root);
                }
            }
            try (Directory directory = Directory.open(libc, parent)) {
                return Xattrs.PLAIN.of(directory, name(absolute));
            }
        }
    }

    private static String name(Path absolute) {
        String path = Paths.latin1(absolute);
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
