package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Consumer;

/// Snapshots in a [SnapshotDirectory], whatever is in each.
///
/// Work that a killed process left is removed when the next one begins its first.
abstract sealed class DirectorySnapshotter implements Snapshotter
        permits CopySnapshotter, OverlaySnapshotter {
    final SnapshotDirectory directory;
    final Consumer<String> warnings;

    /// @param warnings takes what is left out without being an error, such as a device node that
    ///     this user may not make; called by the threads that unpack and diff
    DirectorySnapshotter(Path snapshots, Consumer<String> warnings) {
        this.directory = new SnapshotDirectory(snapshots);
        this.warnings = warnings;
    }

    @Override
    public final boolean exists(ChainId id) throws IOException {
        return directory.use(id);
    }

    @Override
    public final void unpack(StackedLayer layer) throws IOException {
        if (exists(layer.id())) {
            return;
        }
        beforeUnpacking(layer);
        try (var _ = directory.unpacking(layer.id())) {
            if (!exists(layer.id())) {
                unpackHere(layer);
            }
        }
    }

    /// Waits for what is needed from the beginning.
    abstract void beforeUnpacking(StackedLayer layer) throws IOException;

    /// Unpacks a layer that nobody else is unpacking.
    abstract void unpackHere(StackedLayer layer) throws IOException;

    @Override
    public final SnapshotView unpackAside(LayerSource layer) throws IOException {
        return AsideView.unpack(directory, layer, warnings);
    }

    @Override
    public final void remove(ChainId id) throws IOException {
        directory.remove(id);
    }

    @Override
    public final Set<ChainId> list() throws IOException {
        return directory.list();
    }

    @Override
    public final void close() throws IOException {
        directory.close();
    }
}
