package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// Content by digest. Safe for use by several threads and several processes at once.
public interface BlobStore {

    /// The size of a blob in bytes, or empty if it isn't here.
    OptionalLong size(Digest digest) throws IOException;

    /// Opens a blob for reading; its content is not verified again.
    ///
    /// @return positioned at 0; the caller closes it
    /// @throws java.nio.file.NoSuchFileException if it isn't here, naming the digest
    FileChannel open(Digest digest) throws IOException;

    /// Begins a new blob.
    BlobWriter create() throws IOException;

    /// Removes a blob; no error if it isn't here.
    void delete(Digest digest) throws IOException;

    /// The digests of all blobs; the caller closes the stream.
    Stream<Digest> list() throws IOException;
}
