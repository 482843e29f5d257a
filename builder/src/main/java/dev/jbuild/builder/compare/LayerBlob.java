package dev.jbuild.builder.compare;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.layer.LayerBlobs;
import dev.jbuild.store.layer.LayerReader;
import java.io.IOException;
import java.io.InputStream;

/// A layer that is read, more than once if need be.
record LayerBlob(BlobStore blobs, Descriptor descriptor, DiffId diffId) {

    /// Its entries; verified when they have been read to the end.
    LayerReader entries() throws IOException {
        return LayerReader.open(blobs, descriptor, diffId);
    }

    /// Its tar, not verified.
    InputStream tar() throws IOException {
        return LayerBlobs.uncompressed(blobs, descriptor);
    }
}
