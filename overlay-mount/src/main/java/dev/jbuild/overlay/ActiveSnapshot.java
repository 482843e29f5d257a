package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import dev.jbuild.store.layer.LayerSink;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

/// A root file system being changed. Used by one thread; closed without a commit, it leaves nothing
/// behind.
public interface ActiveSnapshot extends AutoCloseable {

    /// The whole root file system, writable.
    Path root();

    /// Gives every mtime that was set by writing since [Snapshotter#prepare] the value `epoch`, so
    /// that the layer doesn't depend on the clock. Earlier mtimes, which were copied or set on
    /// purpose, stay.
    void normalizeTimes(Instant epoch) throws IOException;

    /// Gives the changes since [Snapshotter#prepare] in the order of a layer. An entry that equals
    /// the one below in content, metadata and extended attributes is left out, a directory that
    /// holds a change is not. Hard links that overlayfs parted are joined first, as far as that can
    /// be told (docs/architecture.md, "Hard links").
    ///
    /// @return whether there was any change
    boolean diff(LayerSink sink) throws IOException;

    /// Makes the changes the snapshot `id`; the mount is given up. If it exists already, the
    /// changes are dropped.
    void commit(ChainId id) throws IOException;

    /// Unmounts, and removes the changes unless they were committed.
    @Override
    void close() throws IOException;
}
