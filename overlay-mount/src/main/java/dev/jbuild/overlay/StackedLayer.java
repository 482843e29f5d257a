package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.util.Optional;

/// A layer that is to become a snapshot, perhaps while those below it are still being unpacked.
public interface StackedLayer {

    /// The snapshot it makes.
    ChainId id();

    /// The snapshot it stands on.
    Optional<ChainId> parent();

    /// Opens the layer, whoever calls this closes it. Asked for only if it has to be read.
    LayerSource open() throws IOException;

    /// Waits until the parent's snapshot is complete.
    ///
    /// @throws IOException if it isn't going to be, or this thread is interrupted
    void awaitParent() throws IOException;

    /// One whose parent is complete.
    ///
    /// @param layer is closed by who unpacks it
    static StackedLayer of(Optional<ChainId> parent, ChainId id, LayerSource layer) {
        return new Single(parent, id, layer);
    }

    /// A layer on top of what is there.
    record Single(Optional<ChainId> parent, ChainId id, LayerSource layer) implements StackedLayer {
        @Override
        public LayerSource open() {
            return layer;
        }

        @Override
        public void awaitParent() {
            // it is there
        }
    }
}
