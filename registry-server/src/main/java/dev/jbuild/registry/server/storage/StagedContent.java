package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// Content on its way into the [ContentStore] from a source that is not trusted, verified while it
/// is written: never more than it should have is kept. Closed, it leaves nothing behind; a killed
/// process's is removed by the next server. Used by one thread at a time.
public final class StagedContent implements AutoCloseable {
    private final Path file;
    private final Digest digest;
    private final long size;
    private final MessageDigest hash;
    private final FileChannel channel;
    private long written;

    StagedContent(Path file, Digest digest, long size) throws IOException {
        this.file = file;
        this.digest = digest;
        this.size = size;
        this.hash = digest.algorithm().newHash();
        this.channel =
                FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /// Content on its way to somewhere else than a [ContentStore].
    ///
    /// @param file which must not exist
    public static StagedContent at(Path file, Digest digest, long size) throws IOException {
        return new StagedContent(file, digest, size);
    }

    public Digest digest() {
        return digest;
    }

    public long size() {
        return size;
    }

    /// For [ContentStore.Hold#adopt], once it is finished.
    public Path file() {
        return file;
    }

    /// Takes all that remains in the buffer.
    ///
    /// @throws MismatchedContentException as soon as there is more than there should be
    public void write(ByteBuffer bytes) throws IOException {
        written += bytes.remaining();
        if (written > size) {
            throw new MismatchedContentException(
                    "it has more than the " + size + " bytes it should");
        }
        hash.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Verifies the content and makes it outlive a crash.
    ///
    /// @throws MismatchedContentException if it is not what was promised
    public void finish() throws IOException {
        if (written != size) {
            throw new MismatchedContentException(
                    "it has " + written + " bytes in place of " + size);
        }
        Digest actual = Digest.finish(digest.algorithm(), hash);
        if (!actual.equals(digest)) {
            throw new MismatchedContentException("it hashes to " + actual);
        }
        channel.force(false);
        channel.close();
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }
}
