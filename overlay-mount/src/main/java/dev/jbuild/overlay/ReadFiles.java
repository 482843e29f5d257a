package dev.jbuild.overlay;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.ByteString;
import java.util.SortedMap;

/// Is told what the regular files are that go into a layer, as they are read for it.
@FunctionalInterface
public interface ReadFiles {
    /// Called by any thread, at the latest when the layer has ended.
    ///
    /// @param state as it was when the file was opened
    /// @param attributes as in [LayerAttributes]
    /// @param content the sha256 of what went into the layer
    void read(FileState state, SortedMap<String, ByteString> attributes, Digest content);
}
