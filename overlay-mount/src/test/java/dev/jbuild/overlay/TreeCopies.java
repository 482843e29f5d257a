package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.TreeClone;
import java.io.IOException;
import java.nio.file.Path;

/// Copies whole trees in tests.
final class TreeCopies {
    private TreeCopies() {}

    static void copy(Path from, Path to) throws IOException {
        try (Libc libc = Libc.open();
                Directory source = Directory.open(libc, from);
                Directory target = Directory.open(libc, to)) {
            new TreeClone(
                            target,
                            warning -> {
                                throw new AssertionError(warning);
                            })
                    .copy(source);
        }
    }
}
