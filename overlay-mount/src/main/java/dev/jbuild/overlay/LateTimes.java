package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// Lowers mtimes on disk to what the layer has, so that the next step sees the same whether it
/// finds this snapshot or one that was unpacked from the layer.
///
/// @param clamp what they become
/// @param entries where they are later
record LateTimes(Instant clamp, List<EntryPath> entries) {
    static final LateTimes NONE = new LateTimes(Instant.MAX, List.of());

    LateTimes {
        entries = List.copyOf(entries);
    }

    /// @param root of the changed tree, which is not mounted any more
    void lower(Libc libc, Path root) throws IOException {
        for (EntryPath path : entries) {
            Path parent = Paths.below(root, path.parent().orElseThrow());
            try (Directory directory = Directory.open(libc, parent)) {
                directory.utimes(path.nameLatin1(), clamp);
            }
        }
    }
}
