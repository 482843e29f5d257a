package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Mounting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A directory for one piece of unfinished work:
///
/// ```
/// snapshot/fs   what becomes the snapshot's files
/// work          overlayfs's own
/// root          mount point
/// parent        the chainID of the snapshot it stands on
/// probe         touched to learn the file system's time
/// ```
final class Workspace implements AutoCloseable {
    /// The empty directory as seen from the short names.
    static final String EMPTY = "../empty";

    static final String SNAPSHOT = "snapshot";
    static final String ROOT = "root";

    private final Path path;
    private final Optional<ChainId> parent;
    private boolean mounted;

    Workspace(Path path, Optional<ChainId> parent) {
        this.path = path;
        this.parent = parent;
    }

    Path path() {
        return path;
    }

    Optional<ChainId> parent() {
        return parent;
    }

    Path files() {
        return path.resolve(SNAPSHOT).resolve("fs");
    }

    Path root() {
        return path.resolve(ROOT);
    }

    /// The time that a file written now gets; the kernel's clock for files lags behind the other
    /// one.
    Instant now() throws IOException {
        Path probe = path.resolve("probe");
        Files.deleteIfExists(probe);
        Files.createFile(probe);
        return Files.getLastModifiedTime(probe).toInstant();
    }

    /// Mounts an overlay at [#root].
    ///
    /// @param links the directory that the names in `lower` are in, from the top down
    /// @param writable whether the workspace's files are the upper directory; else `lower` has two
    ///     names or more
    void mountOverlay(Libc libc, Path links, Iterable<String> lower, boolean writable)
            throws IOException {
        Files.createDirectories(root());
        if (writable) {
            Files.createDirectories(path.resolve("work"));
        }
        try (Directory here = Directory.open(libc, path);
                Directory names = Directory.open(libc, links)) {
            OverlayOptions options = new OverlayOptions(names.procPath(), lower);
            String text =
                    writable
                            ? options.writable(
                                    here.procPath() + "/" + SNAPSHOT + "/fs",
                                    here.procPath() + "/work")
                            : options.readOnly();
            Mounting.mount(
                    libc, "jbuild", root(), "overlay", writable ? 0 : Mounting.MS_RDONLY, text);
        }
        mounted = true;
    }

    /// Mounts an overlay on nothing, to see whether it can be done.
    void mountEmptyOverlay(Path links) throws IOException {
        try (Libc libc = Libc.open()) {
            mountOverlay(libc, links, List.of(EMPTY), true);
        }
    }

    void unmount(Libc libc) throws IOException {
        if (mounted) {
            Mounting.unmount(libc, root());
            mounted = false;
        }
    }

    /// Unmounts, and removes what is left.
    @Override
    public void close() throws IOException {
        @Nullable IOException failure = null;
        try (Libc libc = Libc.open()) {
            try {
                unmount(libc);
            } catch (IOException e) {
                failure = e;
            }
            if (failure == null && Files.exists(path)) {
                SnapshotDirectory.removeTree(libc, path);
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
