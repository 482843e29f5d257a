package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import java.io.IOException;
import java.util.Optional;

/// The files of an image archive being loaded.
interface ArchiveContents {
    /// The most bytes of a document such as `index.json`.
    int MAX_DOCUMENT = 32 << 20;

    /// The bytes of a small file, or empty if there is none of that name.
    Optional<byte[]> find(String name) throws IOException;

    /// Makes sure that a blob of the archive's `blobs` is in the store, verified.
    ///
    /// @return false if the archive doesn't have it
    boolean fetch(Descriptor blob) throws IOException;
}
