package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.LayerUnpacker;
import dev.jbuild.overlay.tree.OverlaidBelow;
import dev.jbuild.overlay.tree.TreeDiff;
import dev.jbuild.overlay.tree.Xattrs;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Snapshots as layer directories, mounted together with overlayfs. Needs a mount namespace of this
/// process's own and the right to mount in it (see [Capabilities]).
public final class OverlaySnapshotter extends DirectorySnapshotter {
    /// @param warnings takes what is left out without being an error, such as a device node that
    ///     this user may not make; called by the threads that unpack and diff
    public OverlaySnapshotter(Path snapshots, Consumer<String> warnings) {
        super(snapshots, warnings);
    }

    @Override
    public int mostLayers() {
        return OverlayOptions.MOST_LAYERS;
    }

    @Override
    public ActiveSnapshot prepare(Optional<ChainId> parent) throws IOException {
        Workspace workspace = directory.open(parent);
        try (Libc libc = Libc.open()) {
            RootMetadata.inherit(libc, parent.map(directory::files), workspace.files());
            List<String> lower =
                    parent.isPresent() ? directory.stack(parent.get()) : List.of(Workspace.EMPTY);
            workspace.mountOverlay(libc, directory.links(), lower, true);
            return new OverlayActiveSnapshot(directory, workspace, this, workspace.now(), warnings);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, workspace);
            throw e;
        }
    }

    /// Needs the parent only where the layer doesn't tell by itself what it means, and at the end.
    @Override
    void beforeUnpacking(StackedLayer layer) {}

    @Override
    void unpackHere(StackedLayer layer) throws IOException {
        try (Workspace workspace = directory.openUnder(layer.parent());
                Libc libc = Libc.open()) {
            RootMetadata.inherit(libc, Optional.empty(), workspace.files());
            boolean hasRoot;
            try (Directory root = Directory.open(libc, workspace.files());
                    LayerSource source = layer.open();
                    LayerUnpacker unpacker =
                            new LayerUnpacker(
                                    root, new OverlaidBelow(() -> below(libc, layer)), warnings)) {
                unpacker.unpack(source);
                hasRoot = unpacker.hasRoot();
            }
            layer.awaitParent();
            if (!hasRoot && layer.parent().isPresent()) {
                directory.require(layer.parent().get());
                RootMetadata.inherit(libc, layer.parent().map(directory::files), workspace.files());
            }
            directory.commit(workspace, layer.id());
        }
    }

    private OverlaidBelow.Opened below(Libc libc, StackedLayer layer) throws IOException {
        layer.awaitParent();
        return open(libc, layer.parent());
    }

    private OverlaidBelow.Opened open(Libc libc, Optional<ChainId> parent) throws IOException {
        if (parent.isEmpty()) {
            return new OverlaidBelow.Opened(null, () -> {});
        }
        SnapshotView view = view(parent.get());
        try {
            return new OverlaidBelow.Opened(Directory.open(libc, view.root()), view);
        } catch (IOException | RuntimeException e) {
            view.close();
            throw e;
        }
    }

    @Override
    public SnapshotView view(ChainId id) throws IOException {
        Workspace workspace = directory.open(Optional.of(id));
        try (Libc libc = Libc.open()) {
            List<String> lower = new ArrayList<>(directory.stack(id));
            if (lower.size() == 1) {
                lower.add(Workspace.EMPTY);
            }
            workspace.mountOverlay(libc, directory.links(), lower, false);
            return new MountedView(workspace);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, workspace);
            throw e;
        }
    }

    @Override
    public void diff(ChainId id, LayerSink sink) throws IOException {
        // Looking at it keeps it from being removed.
        try (SnapshotView _ = view(id);
                Libc libc = Libc.open();
                Directory upper = Directory.open(libc, directory.files(id))) {
            Optional<ChainId> parent = directory.require(id).parent();
            if (parent.isEmpty()) {
                new TreeDiff(upper, null, Xattrs.OVERLAY, sink, warnings).run();
                return;
            }
            try (SnapshotView below = view(parent.get());
                    Directory lower = Directory.open(libc, below.root())) {
                new TreeDiff(upper, lower, Xattrs.OVERLAY, sink, warnings).run();
            }
        }
    }

    private record MountedView(Workspace workspace) implements SnapshotView {
        @Override
        public Path root() {
            return workspace.root();
        }

        @Override
        public void close() throws IOException {
            workspace.close();
        }
    }
}
