package dev.jbuild.store;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Content by digest. Safe for use by several threads and several processes at once.
public interface BlobStore {
    /// The most bytes of a document that is read into memory whole.
    int MAX_DOCUMENT = 32 << 20;

    /// The size of a blob in bytes, or empty if it isn't here.
    OptionalLong size(Digest digest) throws IOException;

    /// Opens a blob for reading; its content is not verified again.
    ///
    /// @return positioned at 0; the caller closes it
    /// @throws java.nio.file.NoSuchFileException if it isn't here, naming the digest
    FileChannel open(Digest digest) throws IOException;

    /// The content of a small blob such as a manifest or a config, verified.
    ///
    /// @throws java.nio.file.NoSuchFileException if it isn't here
    /// @throws DigestMismatchException if the content is not what the digest says
    /// @throws IOException if the size differs from the descriptor's, or exceeds
    ///     [#MAX_DOCUMENT]
    default byte[] read(Descriptor descriptor) throws IOException {
        try (FileChannel channel = open(descriptor.digest())) {
            if (channel.size() != descriptor.size() || channel.size() > MAX_DOCUMENT) {
                throw new IOException(
                        "blob "
                                + descriptor.digest()
                                + " has "
                                + channel.size()
                                + " bytes where its descriptor says "
                                + descriptor.size()
                                + " and "
                                + MAX_DOCUMENT
                                + " is the most for a "
                                + descriptor.mediaType());
            }
            byte[] content = Channels.newInputStream(channel).readAllBytes();
            Digest actual = Digest.of(descriptor.digest().algorithm(), content);
            if (!actual.equals(descriptor.digest())) {
                throw new DigestMismatchException(descriptor.digest(), actual);
            }
            return content;
        }
    }

    /// Writes a small blob such as a manifest or a config.
    default Digest write(byte[] content) throws IOException {
        try (BlobWriter writer = create()) {
            writer.write(ByteBuffer.wrap(content));
            return writer.commit();
        }
    }

    /// Begins a new blob.
    BlobWriter create() throws IOException;

    /// Removes a blob; no error if it isn't here.
    void delete(Digest digest) throws IOException;

    /// The digests of all blobs; the caller closes the stream.
    Stream<Digest> list() throws IOException;
}
