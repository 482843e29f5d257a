package dev.jbuild.overlay;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.ByteString;
import java.nio.file.Path;
import java.util.SortedMap;

/// Is told what the regular files are that go into a layer, as they are read for it.
public interface ReadFiles {
    /// Whether it is to be told of a file, whose content is hashed for it only then.
    ///
    /// @param sourceRoot of the request that copies it
    /// @param state as it was when the file was opened
    boolean wants(Path sourceRoot, FileState state);

    /// Called by any thread, at the latest when the layer has ended.
    ///
    /// @param state as it was when the file was opened
    /// @param attributes as in [LayerAttributes]
    /// @param content the sha256 of what went into the layer
    void read(FileState state, SortedMap<String, ByteString> attributes, Digest content);
}
