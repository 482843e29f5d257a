package dev.jbuild.store.layout;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Takes untrusted bytes into a store under the digest they are said to have.
final class BlobCopy {
    private BlobCopy() {}

    static void copy(InputStream in, DirectoryBlobStore blobs, Digest expected) throws IOException {
        try (BlobWriter writer = blobs.create(expected.algorithm())) {
            byte[] buffer = new byte[1 << 17];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                writer.write(ByteBuffer.wrap(buffer, 0, count));
            }
            writer.commit(expected);
        }
    }
}
