package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// A blob as a temporary file, hashed as it is written.
final class FileBlobWriter implements BlobWriter {
    /// What becomes of a blob once it is written and its digest known.
    interface Publication {
        /// @param channel of `file`, still open; its content is not synced
        /// @param file removed afterwards if it is still there
        void publish(FileChannel channel, Path file, Digest digest) throws IOException;
    }

    private final DirectoryBlobStore store;
    private final Publication publication;
    private final Path file;
    private final FileChannel channel;
    private final DigestAlgorithm algorithm;
    private final MessageDigest hash;
    private final GrowingBlob.Growth growth = new GrowingBlob.Growth();
    private long size;
    private boolean ended;

    FileBlobWriter(
            DirectoryBlobStore store, Path file, DigestAlgorithm algorithm, Publication publication)
            throws IOException {
        this.store = store;
        this.publication = publication;
        this.file = file;
        this.algorithm = algorithm;
        this.hash = algorithm.newHash();
        this.channel =
                FileChannel.open(
                        file,
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
        requireOpen();
        hash.update(bytes.duplicate());
        size += bytes.remaining();
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            growth.to(size);
        } catch (IOException e) {
            throw StoreException.explain(store.root(), e);
        }
    }

    @Override
    public Digest commit() throws IOException {
        requireOpen();
        ended = true;
        Digest digest =
                algorithm == DigestAlgorithm.SHA256
                        ? Digest.finish(algorithm, hash)
                        : readAgain(DigestAlgorithm.SHA256);
        growth.complete(digest);
        publication.publish(channel, file, digest);
        return digest;
    }

    @Override
    public void commit(Digest expected) throws IOException {
        requireOpen();
        ended = true;
        Digest actual =
                algorithm == expected.algorithm()
                        ? Digest.finish(algorithm, hash)
                        : readAgain(expected.algorithm());
        if (!actual.equals(expected)) {
            throw new DigestMismatchException(expected, actual);
        }
        growth.complete(expected);
        publication.publish(channel, file, expected);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public GrowingBlob follow() throws IOException {
        requireOpen();
        return new GrowingBlob(file, growth);
    }

    @Override
    public void close() throws IOException {
        ended = true;
        growth.giveUp();
        channel.close();
        Files.deleteIfExists(file);
    }

    private Digest readAgain(DigestAlgorithm other) throws IOException {
        MessageDigest otherHash = other.newHash();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        channel.position(0);
        while (channel.read(buffer) >= 0) {
            otherHash.update(buffer.flip());
            buffer.clear();
        }
        return Digest.finish(other, otherHash);
    }

    private void requireOpen() {
        if (ended) {
            throw new IllegalStateException("the blob is committed or closed already");
        }
    }
}
