package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;

/// Sets mtimes on disk to what the layers have, so that the next step sees the same whether it
/// finds this snapshot or one that was unpacked from the layers.
///
/// @param mtimes what they become, of the entries that have another one
record LateTimes(Map<EntryPath, Instant> mtimes) {
    static final LateTimes NONE = new LateTimes(Map.of());

    LateTimes {
        mtimes = Map.copyOf(mtimes);
    }

    /// @param root of the changed tree, which is not mounted any more
    void set(Libc libc, Path root) throws IOException {
        for (Map.Entry<EntryPath, Instant> late : mtimes.entrySet()) {
            EntryPath path = late.getKey();
            Path parent = Paths.below(root, path.parent().orElseThrow());
            try (Directory directory = Directory.open(libc, parent)) {
                directory.utimes(path.nameLatin1(), late.getValue());
            }
        }
    }
}
