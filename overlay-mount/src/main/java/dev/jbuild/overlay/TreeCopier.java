package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.CopyRun;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Copies files into a root file system as COPY does.
///
/// Kept are content, mode, mtime to the nanosecond, symlinks as they are, hard links among what one
/// request copies, and extended attributes of a layer, file capabilities included. Directories are
/// merged: one that the target has keeps its metadata if it is the request's target, and else
/// takes the source's. A file or symlink replaces another one; a directory where a file is, and a
/// file where a directory is, are errors.
public final class TreeCopier {
    private final Path targetRoot;
    private final Consumer<String> warnings;

    /// @param targetRoot such as [ActiveSnapshot#root]
    /// @param warnings takes what is left out: sockets, and device nodes that this user may not
    ///     make
    public TreeCopier(Path targetRoot, Consumer<String> warnings) {
        this.targetRoot = targetRoot;
        this.warnings = warnings;
    }

    /// Copies, and makes parent directories that are missing, 0755.
    ///
    /// @throws java.nio.file.NoSuchFileException if the source doesn't exist
    public void copy(CopyRequest request) throws IOException {
        EntryPath source = new RootPath(request.sourceRoot()).resolve(request.source());
        EntryPath target = new RootPath(targetRoot).resolve(request.target());
        try (Libc libc = Libc.open();
                Directory from = Directory.open(libc, request.sourceRoot());
                Directory to = Directory.open(libc, targetRoot);
                CopyRun run = new CopyRun(from, to, changes(request), warnings)) {
            run.copy(request.source(), source, target);
        }
    }

    /// Makes a directory, such as WORKDIR's, and those above it, if it isn't there.
    ///
    /// @param made metadata of each that is made; its mtime isn't set
    public void makeDirectories(EntryPath path, Metadata made) throws IOException {
        EntryPath target = new RootPath(targetRoot).resolve(path);
        try (Libc libc = Libc.open();
                Directory to = Directory.open(libc, targetRoot)) {
            CopyRun.makeDirectories(to, target, made.mode(), made.uid(), made.gid());
        }
    }

    private static CopyRun.Changes changes(CopyRequest request) {
        return new CopyRun.Changes() {
            @Override
            public Metadata apply(Metadata metadata, boolean isDirectory) {
                var owner = request.owner();
                return new Metadata(
                        request.mode().apply(metadata.mode(), isDirectory),
                        owner.map(CopyRequest.Owner::uid).orElse(metadata.uid()),
                        owner.map(CopyRequest.Owner::gid).orElse(metadata.gid()),
                        metadata.mtime(),
                        metadata.xattrs());
            }

            @Override
            public CopyRun.Choice choose(EntryPath path, boolean isDirectory) {
                return switch (request.selection().choose(path, isDirectory)) {
                    case TAKE -> CopyRun.Choice.TAKE;
                    case SKIP -> CopyRun.Choice.SKIP;
                    case LOOK_INSIDE -> CopyRun.Choice.LOOK_INSIDE;
                };
            }

            @Override
            public long parentUid() {
                return request.owner().map(CopyRequest.Owner::uid).orElse(0L);
            }

            @Override
            public long parentGid() {
                return request.owner().map(CopyRequest.Owner::gid).orElse(0L);
            }
        };
    }
}
