package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.PartedLinks;
import dev.jbuild.overlay.tree.Times;
import dev.jbuild.overlay.tree.TreeDiff;
import dev.jbuild.overlay.tree.Xattrs;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A mounted overlay with a fresh upper directory.
final class OverlayActiveSnapshot implements ActiveSnapshot {
    private final SnapshotDirectory directory;
    private final Workspace workspace;
    private final Snapshotter snapshotter;
    private final Instant begun;
    private final Consumer<String> warnings;
    private List<EntryPath> sockets = List.of();
    private LateTimes late = LateTimes.NONE;
    private List<EntryPath> hidingSockets = List.of();
    private List<EntryPath> unchangedLinks = List.of();

    OverlayActiveSnapshot(
            SnapshotDirectory directory,
            Workspace workspace,
            Snapshotter snapshotter,
            Instant begun,
            Consumer<String> warnings) {
        this.directory = directory;
        this.workspace = workspace;
        this.snapshotter = snapshotter;
        this.begun = begun;
        this.warnings = warnings;
    }

    @Override
    public Path root() {
        return workspace.root();
    }

    @Override
    public void normalizeTimes(Instant epoch) throws IOException {
        Times times = new Times(begun, workspace.now(), epoch);
        try (Libc libc = Libc.open();
                Directory upper = Directory.open(libc, workspace.files());
                Directory merged = Directory.open(libc, workspace.root())) {
            times.normalize(upper, merged);
            RootMetadata.restoreMtime(libc, workspace.parent().map(directory::files), merged);
        }
    }

    @Override
    public boolean diff(LayerSink sink) throws IOException {
        if (workspace.parent().isEmpty()) {
            return diff(null, sink);
        }
        try (SnapshotView below = snapshotter.view(workspace.parent().get())) {
            return diff(below.root(), sink);
        }
    }

    @Override
    public void commit(ChainId id) throws IOException {
        try (Libc libc = Libc.open()) {
            workspace.unmount(libc);
            late.set(libc, workspace.files());
            Sockets.remove(libc, workspace.files(), sockets);
            Sockets.hide(libc, workspace.files(), hidingSockets);
            Sockets.remove(libc, workspace.files(), unchangedLinks);
        }
        directory.commit(workspace, id);
    }

    @Override
    public void close() throws IOException {
        workspace.close();
    }

    private boolean diff(@Nullable Path lowerRoot, LayerSink sink) throws IOException {
        try (Libc libc = Libc.open();
                Directory upper = Directory.open(libc, workspace.files());
                Directory lower = lowerRoot == null ? null : Directory.open(libc, lowerRoot);
                Directory merged = Directory.open(libc, workspace.root())) {
            if (lower != null) {
                unchangedLinks = new PartedLinks(upper, lower, merged).join();
            }
            TreeDiff diff = new TreeDiff(upper, lower, Xattrs.OVERLAY, sink, warnings);
            boolean changed = diff.run();
            sockets = diff.sockets();
            late = new LateTimes(diff.late());
            hidingSockets = diff.hidingSockets();
            return changed;
        }
    }
}
