package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// The files of an image archive being loaded.
interface ArchiveContents {
    /// The most bytes of a document such as `index.json`.
    int MAX_DOCUMENT = 32 << 20;

    /// The bytes of a small file, or empty if there is none of that name.
    Optional<byte[]> find(String name) throws IOException;

    /// Reads a small file.
    ///
    /// @throws InvalidArchiveException if it has more than [#MAX_DOCUMENT] bytes
    static byte[] readDocument(String name, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_DOCUMENT + 1);
        if (bytes.length > MAX_DOCUMENT) {
            throw new InvalidArchiveException(
                    "'" + name + "' is larger than " + MAX_DOCUMENT + " bytes");
        }
        return bytes;
    }

    /// @throws InvalidArchiveException if a blob has another size than its descriptor says
    static void requireSize(Descriptor blob, long size) throws InvalidArchiveException {
        if (size != blob.size()) {
            throw new InvalidArchiveException(
                    "blob "
                            + blob.digest()
                            + " has "
                            + size
                            + " bytes where its descriptor says "
                            + blob.size());
        }
    }

    /// Makes sure that a blob of the archive's `blobs` is in the store or staged, verified.
    ///
    /// @return false if the archive doesn't have it
    boolean fetch(Descriptor blob) throws IOException;
}
