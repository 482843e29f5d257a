package dev.jbuild.store.check;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.layer.Decompression;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Reads blobs once, from the disk to the end, for their digests and diffIDs. Memory does not grow
/// with their sizes.
record BlobReading(BlobStore blobs) {
    private static final int BUFFER = 1 << 17;

    /// Reads several at a time, as many as there are processors. Those that vanish meanwhile are
    /// left out.
    ///
    /// @param digests the largest first is quickest
    Map<Digest, BlobState> readAll(List<Digest> digests) throws IOException, InterruptedException {
        Map<Digest, BlobState> states = new ConcurrentHashMap<>();
        int parallel = Runtime.getRuntime().availableProcessors();
        try (ExecutorService readers = Executors.newFixedThreadPool(parallel)) {
            List<Future<?>> reading = new ArrayList<>();
            for (Digest digest : digests) {
                reading.add(
                        readers.submit(
                                () -> {
                                    states.put(digest, read(digest));
                                    return null;
                                }));
            }
            try {
                for (Future<?> one : reading) {
                    await(one);
                }
            } catch (IOException | InterruptedException | RuntimeException e) {
                readers.shutdownNow();
                throw e;
            }
        }
        return states;
    }

    private static void await(Future<?> reading) throws IOException, InterruptedException {
        try {
            reading.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof java.nio.file.NoSuchFileException) {
                return;
            }
            throw e.getCause() instanceof IOException cause
                    ? cause
                    : new IOException(String.valueOf(e.getCause()), e.getCause());
        }
    }

    /// @throws java.nio.file.NoSuchFileException if it isn't here
    BlobState read(Digest digest) throws IOException {
        MessageDigest stored = digest.algorithm().newHash();
        try (FileChannel channel = blobs.open(digest)) {
            long size = channel.size();
            InputStream raw = new Reported(Channels.newInputStream(channel), digest);
            InputStream hashed = new DigestInputStream(raw, stored);
            BlobState.Content content;
            try {
                content = uncompress(hashed);
            } catch (Unreadable e) {
                return new BlobState.Damaged(size, String.valueOf(e.getMessage()));
            } catch (IOException | RuntimeException e) {
                content = new BlobState.Content.Unreadable(String.valueOf(e.getMessage()));
            }
            try {
                drain(hashed);
            } catch (Unreadable e) {
                return new BlobState.Damaged(size, String.valueOf(e.getMessage()));
            }
            Digest actual = Digest.finish(digest.algorithm(), stored);
            return actual.equals(digest)
                    ? new BlobState.Sound(size, content)
                    : new BlobState.Damaged(size, "its content hashes to " + actual);
        }
    }

    private static BlobState.Content uncompress(InputStream in) throws IOException {
        MessageDigest hash = DigestAlgorithm.SHA256.newHash();
        InputStream plain = Decompression.open(in);
        byte[] buffer = new byte[BUFFER];
        long size = 0;
        for (int count = plain.read(buffer); count >= 0; count = plain.read(buffer)) {
            hash.update(buffer, 0, count);
            size += count;
        }
        DiffId diffId = new DiffId(Digest.finish(DigestAlgorithm.SHA256, hash));
        return new BlobState.Content.Uncompressed(diffId, size);
    }

    /// What follows the compressed content belongs to the blob, too.
    private static void drain(InputStream in) throws IOException {
        byte[] buffer = new byte[BUFFER];
        int count;
        do {
            count = in.read(buffer);
        } while (count >= 0);
    }

    /// The disk can't give the content.
    private static final class Unreadable extends IOException {
        private static final long serialVersionUID = 1L;

        Unreadable(Digest digest, IOException cause) {
            super(
                    "it can't be read: " + cause.getMessage() + " (" + digest.shortHex() + ")",
                    cause);
        }
    }

    /// Tells errors of the disk from those of the content.
    private static final class Reported extends InputStream {
        private final InputStream in;
        private final Digest digest;

        Reported(InputStream in, Digest digest) {
            this.in = in;
            this.digest = digest;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return in.read(into, offset, length);
            } catch (IOException e) {
                throw new Unreadable(digest, e);
            }
        }
    }
}
