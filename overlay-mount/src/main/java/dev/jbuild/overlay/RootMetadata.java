package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.Inheritance;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// The root directory of a new snapshot: that of the one below, or docker's for an empty image.
final class RootMetadata {
    private RootMetadata() {}

    static void inherit(Libc libc, Optional<Path> parent, Path root) throws IOException {
        try (Directory fresh = Directory.open(libc, root)) {
            if (parent.isPresent()) {
                try (Directory below = Directory.open(libc, parent.get())) {
                    Inheritance.copyRoot(below, fresh);
                }
            } else {
                fresh.chown(0, 0);
                fresh.chmod(0755);
                fresh.utimes(Instant.EPOCH);
            }
        }
    }

    /// Gives the root the mtime it had: that of the root is part of no layer.
    static void restoreMtime(Libc libc, Optional<Path> parent, Directory root) throws IOException {
        if (parent.isPresent()) {
            try (Directory below = Directory.open(libc, parent.get())) {
                root.utimes(below.status().mtime());
            }
        } else {
            root.utimes(Instant.EPOCH);
        }
    }
}
