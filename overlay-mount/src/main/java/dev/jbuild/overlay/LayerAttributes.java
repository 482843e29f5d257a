package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Libc;
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
        try (Libc libc = Libc.open()) {
            return Xattrs.PLAIN.of(libc, file);
        }
    }
}
