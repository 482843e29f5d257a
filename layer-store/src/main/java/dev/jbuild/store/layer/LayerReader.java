package dev.jbuild.store.layer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Optional;

/// Reads a layer from a blob store, decompressed by what the blob begins with. Used by one thread.
public final class LayerReader implements LayerSource {
    /// Bytes of a blob above which threads are worth their start.
    private static final long READ_AHEAD = 1 << 18;

    private final InputStream uncompressed;
    private final TarReader tar;
    private final Check check;
    private boolean ended;

    private LayerReader(InputStream uncompressed, TarReader tar, Check check) {
        this.uncompressed = uncompressed;
        this.tar = tar;
        this.check = check;
    }

    /// Opens a layer; its content is not verified.
    public static LayerReader open(BlobStore blobs, Descriptor layer) throws IOException {
        return open(blobs, layer, () -> {}, Optional.empty());
    }

    /// Opens a layer whose uncompressed content is verified while it is read, which covers the
    /// compressed blob as well. If it is not what `expected` says, [#next] throws instead of saying
    /// that there are no more entries: nothing read may be relied upon before.
    public static LayerReader open(BlobStore blobs, Descriptor layer, DiffId expected)
            throws IOException {
        MessageDigest hash = expected.digest().algorithm().newHash();
        return open(blobs, layer, () -> requireEqual(layer, expected, hash), Optional.of(hash));
    }

    private static LayerReader open(
            BlobStore blobs, Descriptor layer, Check check, Optional<MessageDigest> hash)
            throws IOException {
        FileChannel blob = blobs.open(layer.digest());
        try {
            InputStream in = stages(blob, hash);
            return new LayerReader(in, new TarReader(in), check);
        } catch (IOException | RuntimeException e) {
            blob.close();
            throw e;
        }
    }

    /// A large layer is decompressed and hashed on threads of their own: each takes about as long
    /// as writing the files does.
    private static InputStream stages(FileChannel blob, Optional<MessageDigest> hash)
            throws IOException {
        boolean large = blob.size() > READ_AHEAD;
        InputStream plain = Decompression.open(Channels.newInputStream(blob));
        InputStream inflated = large ? new ReadAhead(plain, "layer-inflate") : plain;
        if (hash.isEmpty()) {
            return inflated;
        }
        InputStream hashed = new DigestInputStream(inflated, hash.get());
        return large ? new ReadAhead(hashed, "layer-verify") : hashed;
    }

    @Override
    public Optional<TarEntry> next() throws IOException {
        if (ended) {
            return Optional.empty();
        }
        Optional<TarEntry> entry = tar.next();
        if (entry.isEmpty()) {
            drain();
            check.run();
            ended = true;
        }
        return entry;
    }

    @Override
    public InputStream content() {
        return tar.content();
    }

    @Override
    public long skipHole() {
        return tar.skipHole();
    }

    @Override
    public void close() throws IOException {
        uncompressed.close();
    }

    /// What follows the end of the archive is part of the layer, too.
    private void drain() throws IOException {
        byte[] sink = new byte[1 << 13];
        int count;
        do {
            count = uncompressed.read(sink);
        } while (count >= 0);
    }

    private static void requireEqual(Descriptor layer, DiffId expected, MessageDigest hash)
            throws InvalidLayerException {
        DigestAlgorithm algorithm = expected.digest().algorithm();
        DiffId actual = new DiffId(Digest.finish(algorithm, hash));
        if (!actual.equals(expected)) {
            throw new InvalidLayerException(
                    "layer "
                            + layer.digest()
                            + ": its content has the diffID "
                            + actual
                            + ", but the image's configuration says "
                            + expected
                            + "; it was damaged or tampered with: pull or load the image again");
        }
    }

    private interface Check {
        void run() throws IOException;
    }
}
