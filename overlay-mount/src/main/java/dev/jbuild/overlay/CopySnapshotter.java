package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.CopiedBelow;
import dev.jbuild.overlay.tree.LayerUnpacker;
import dev.jbuild.overlay.tree.TreeClone;
import dev.jbuild.overlay.tree.TreeDiff;
import dev.jbuild.overlay.tree.Xattrs;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Snapshots as full copies, for where nothing can be mounted, and as the reference that
/// [OverlaySnapshotter] is tested against. Costs the time and space of the whole root file system
/// for each snapshot, less the space where the file system shares blocks (reflinks).
///
/// Only the mounts aren't needed: files are given to their owners all the same.
public final class CopySnapshotter extends DirectorySnapshotter {
    /// @param warnings as for [OverlaySnapshotter]
    public CopySnapshotter(Path snapshots, Consumer<String> warnings) {
        super(snapshots, warnings);
    }

    @Override
    public int mostLayers() {
        return Integer.MAX_VALUE;
    }

    @Override
    public ActiveSnapshot prepare(Optional<ChainId> parent) throws IOException {
        Workspace workspace = copied(parent);
        try {
            return new CopiedActiveSnapshot(directory, workspace, workspace.now(), warnings);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, workspace);
            throw e;
        }
    }

    /// One layer after the other: each begins with a copy of those below.
    @Override
    void beforeUnpacking(StackedLayer layer) throws IOException {
        layer.awaitParent();
    }

    @Override
    void unpackHere(StackedLayer layer) throws IOException {
        try (Workspace workspace = copied(layer.parent());
                Libc libc = Libc.open()) {
            try (Directory root = Directory.open(libc, workspace.files());
                    LayerSource source = layer.open();
                    LayerUnpacker unpacker = new LayerUnpacker(root, new CopiedBelow(), warnings)) {
                unpacker.unpack(source);
            }
            directory.commit(workspace, layer.id());
        }
    }

    @Override
    public SnapshotView view(ChainId id) throws IOException {
        Workspace workspace = directory.open(Optional.of(id));
        return new CopiedView(directory.files(id), workspace);
    }

    @Override
    public void diff(ChainId id, LayerSink sink) throws IOException {
        Optional<ChainId> parent = directory.require(id).parent();
        try (SnapshotView _ = view(id);
                Libc libc = Libc.open();
                Directory root = Directory.open(libc, directory.files(id));
                Directory lower =
                        parent.isPresent()
                                ? Directory.open(libc, directory.files(parent.get()))
                                : null) {
            new TreeDiff(root, lower, Xattrs.PLAIN, sink, warnings).run();
        }
    }

    private Workspace copied(Optional<ChainId> parent) throws IOException {
        Workspace workspace = directory.open(parent);
        try (Libc libc = Libc.open();
                Directory files = Directory.open(libc, workspace.files())) {
            if (parent.isPresent()) {
                try (Directory below = Directory.open(libc, directory.files(parent.get()))) {
                    new TreeClone(files, warnings).copy(below);
                }
            } else {
                RootMetadata.inherit(libc, Optional.empty(), workspace.files());
            }
            return workspace;
        } catch (IOException | RuntimeException e) {
            Closing.after(e, workspace);
            throw e;
        }
    }

    /// @param workspace keeps the snapshot from being removed
    private record CopiedView(Path root, Workspace workspace) implements SnapshotView {
        @Override
        public void close() throws IOException {
            workspace.close();
        }
    }
}
