package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.Times;
import dev.jbuild.overlay.tree.TreeDiff;
import dev.jbuild.overlay.tree.Xattrs;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A full copy being changed; its changes are found by comparing all of it.
final class CopiedActiveSnapshot implements ActiveSnapshot {
    private final SnapshotDirectory directory;
    private final Workspace workspace;
    private final Instant begun;
    private final Consumer<String> warnings;
    private List<EntryPath> sockets = List.of();
    private LateTimes late = LateTimes.NONE;

    CopiedActiveSnapshot(
            SnapshotDirectory directory,
            Workspace workspace,
            Instant begun,
            Consumer<String> warnings) {
        this.directory = directory;
        this.workspace = workspace;
        this.begun = begun;
        this.warnings = warnings;
    }

    @Override
    public Path root() {
        return workspace.files();
    }

    @Override
    public void normalizeTimes(Instant epoch) throws IOException {
        Times times = new Times(begun, workspace.now(), epoch);
        try (Libc libc = Libc.open();
                Directory root = Directory.open(libc, root())) {
            times.normalize(root, root);
            RootMetadata.restoreMtime(libc, below(), root);
        }
    }

    @Override
    public boolean diff(LayerSink sink) throws IOException {
        try (Libc libc = Libc.open();
                Directory root = Directory.open(libc, root());
                Directory lower =
                        below().isPresent() ? Directory.open(libc, below().get()) : null) {
            TreeDiff diff = new TreeDiff(root, lower, Xattrs.PLAIN, sink, warnings);
            boolean changed = diff.run();
            sockets = diff.sockets();
            late = new LateTimes(diff.late());
            return changed;
        }
    }

    @Override
    public void commit(ChainId id) throws IOException {
        try (Libc libc = Libc.open()) {
            late.set(libc, workspace.files());
            Sockets.remove(libc, workspace.files(), sockets);
        }
        directory.commit(workspace, id);
    }

    @Override
    public void close() throws IOException {
        workspace.close();
    }

    private Optional<Path> below() {
        return workspace.parent().map(directory::files);
    }
}
