package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.util.List;

/// Where the files of an image archive go.
interface ArchiveSink {
    /// Where a blob stands in an OCI image layout.
    static String blobName(Descriptor blob) {
        return "blobs/" + blob.digest().algorithm().token() + "/" + blob.digest().hex();
    }

    /// Writes a small file.
    void add(String name, byte[] content) throws IOException;

    /// Says what `index.json` has to list.
    void addIndex(List<Descriptor> roots) throws IOException;

    /// Writes a blob, verified while it is copied.
    void addBlob(BlobStore blobs, Descriptor blob) throws IOException;

    /// Ends the archive; without this call it is incomplete.
    void finish() throws IOException;
}
