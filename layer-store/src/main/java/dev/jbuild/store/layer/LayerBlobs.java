package dev.jbuild.store.layer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.security.MessageDigest;
import java.util.Optional;

/// Layers taken as streams of bytes, their tar not looked into.
public final class LayerBlobs {
    private LayerBlobs() {}

    /// Compresses a tar, byte for byte, into a blob store.
    ///
    /// @param tar uncompressed; read to its end, not closed
    public static Layer compress(BlobStore blobs, LayerOptions options, InputStream tar)
            throws IOException {
        try (BlobWriter blob = blobs.create();
                LayerEncoder encoder = LayerEncoder.of(options);
                BlockPipeline pipeline = new BlockPipeline(blob, encoder, Optional.empty())) {
            tar.transferTo(pipeline);
            DiffId diffId = pipeline.end();
            pipeline.finish();
            long size = blob.size();
            Digest digest = blob.commit();
            return new Layer(
                    new Descriptor(options.compression().mediaType(), digest, size),
                    diffId,
                    pipeline.size(),
                    encoder.description());
        }
    }

    /// What a blob is as a layer, found by decompressing it.
    ///
    /// @return described as the blob is stored, with the encoder `unknown`
    public static Layer examine(BlobStore blobs, Descriptor layer) throws IOException {
        MessageDigest hash = DigestAlgorithm.SHA256.newHash();
        long size = 0;
        try (InputStream in = uncompressed(blobs, layer)) {
            byte[] buffer = new byte[1 << 16];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                hash.update(buffer, 0, count);
                size += count;
            }
        }
        DiffId diffId = new DiffId(Digest.finish(DigestAlgorithm.SHA256, hash));
        return new Layer(layer, diffId, size, "unknown");
    }

    /// A layer's tar.
    ///
    /// @return not verified; the caller closes it
    public static InputStream uncompressed(BlobStore blobs, Descriptor layer) throws IOException {
        InputStream blob = Channels.newInputStream(blobs.open(layer.digest()));
        try {
            return Decompression.open(blob);
        } catch (IOException | RuntimeException e) {
            blob.close();
            throw e;
        }
    }
}
