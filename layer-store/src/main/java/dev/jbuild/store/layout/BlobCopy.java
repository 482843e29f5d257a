package dev.jbuild.store.layout;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.StagedBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// Stages untrusted bytes under the digest they are said to have.
final class BlobCopy {
    private BlobCopy() {}

    static void copy(InputStream in, StagedBlobs blobs, Digest expected) throws IOException {
        try (BlobWriter writer = blobs.create(expected.algorithm())) {
            byte[] buffer = new byte[1 << 17];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                writer.write(ByteBuffer.wrap(buffer, 0, count));
            }
            writer.commit(expected);
        }
    }
}
