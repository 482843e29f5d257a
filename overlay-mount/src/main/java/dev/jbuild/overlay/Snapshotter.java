package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/// Root file systems by chainID. Each snapshot stands on its parent, the stack without the topmost
/// layer. Safe for use by several threads and, on one directory, by several processes.
public interface Snapshotter extends AutoCloseable {

    /// Whether the snapshot is complete here. If it is, it counts as used now: no
    /// [SnapshotInventory] of another process removes it while this one lives, if it goes by the
    /// times of use.
    boolean exists(ChainId id) throws IOException;

    /// No stack of more layers can be mounted; one of a few less may be refused, too, when it is.
    int mostLayers();

    /// Begins a change on top of `parent`, or of nothing.
    ///
    /// @return mounted and writable; the caller closes it
    ActiveSnapshot prepare(Optional<ChainId> parent) throws IOException;

    /// Makes a snapshot from a layer. Nothing is kept on failure. One that exists is left as it is,
    /// unread; one that another thread or process is unpacking is waited for.
    ///
    /// @param layer the uncompressed layer; untrusted: nothing is ever written outside the snapshot
    void unpack(StackedLayer layer) throws IOException;

    /// Makes the snapshot `id` from a layer on top of `parent`, which is complete.
    ///
    /// @param layer as above; is closed
    default void unpack(Optional<ChainId> parent, ChainId id, LayerSource layer)
            throws IOException {
        unpack(StackedLayer.of(parent, id, layer));
    }

    /// Opens a snapshot for reading.
    ///
    /// @return mounted read-only; the caller closes it
    SnapshotView view(ChainId id) throws IOException;

    /// Gives the layer of a snapshot again: what [ActiveSnapshot#diff] gave when it was made here.
    void diff(ChainId id, LayerSink sink) throws IOException;

    /// Unpacks a layer to be read and forgotten.
    ///
    /// @param layer as for [#unpack]
    /// @return its files, which go when it is closed, or after the death of this process
    SnapshotView unpackAside(LayerSource layer) throws IOException;

    /// Removes a snapshot; no error if it isn't here.
    ///
    /// @throws SnapshotInUseException if another snapshot stands on it, or a build uses it
    void remove(ChainId id) throws IOException;

    Set<ChainId> list() throws IOException;

    /// Gives up the place of this process's unfinished work. Nothing may be begun afterwards; what
    /// is open has to be closed before.
    @Override
    void close() throws IOException;
}
