package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.CopyRun;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Copies into a root file system on disk.
public final class TreeCopier implements CopyTarget {
    private final Path targetRoot;
    private final Consumer<String> warnings;

    /// @param targetRoot such as [ActiveSnapshot#root]
    /// @param warnings takes what is left out: sockets, and device nodes that this user may not
    ///     make
    public TreeCopier(Path targetRoot, Consumer<String> warnings) {
        this.targetRoot = targetRoot;
        this.warnings = warnings;
    }

    @Override
    public EntryPath resolve(String path) throws IOException {
        return new RootPath(targetRoot).resolve(path);
    }

    @Override
    public boolean isDirectory(EntryPath path) {
        return Files.isDirectory(new RootPath(targetRoot).path(path), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public void copy(CopyRequest request) throws IOException {
        EntryPath source = new RootPath(request.sourceRoot()).resolve(request.source());
        EntryPath target = new RootPath(targetRoot).resolve(request.target());
        try (Libc libc = Libc.open();
                Directory from = Directory.open(libc, request.sourceRoot());
                Directory to = Directory.open(libc, targetRoot);
                CopyRun run = new CopyRun(from, to, request.changes(), warnings)) {
            run.copy(request.source(), source, target);
        }
    }

    @Override
    public void write(EntryPath path, byte[] content, Metadata metadata) throws IOException {
        try (Libc libc = Libc.open();
                Directory to = Directory.open(libc, targetRoot)) {
            CopyRun.write(to, path, content, metadata);
        }
    }

    @Override
    public void makeDirectories(EntryPath path, Metadata metadata) throws IOException {
        EntryPath target = new RootPath(targetRoot).resolve(path);
        try (Libc libc = Libc.open();
                Directory to = Directory.open(libc, targetRoot)) {
            CopyRun.makeDirectories(to, target, metadata.mode(), metadata.uid(), metadata.gid());
        }
    }
}
