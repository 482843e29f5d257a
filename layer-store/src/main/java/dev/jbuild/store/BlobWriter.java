package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A blob being written. Closed without a commit, it leaves nothing behind. Used by one thread at a
/// time.
public interface BlobWriter extends AutoCloseable {

    /// Appends all that remains in the buffer.
    void write(ByteBuffer bytes) throws IOException;

    /// Makes the blob permanent: content synced, renamed to its digest, directory synced. One that
    /// is already there is kept.
    ///
    /// @return the SHA-256 of what was written
    Digest commit() throws IOException;

    /// Makes the blob permanent under a digest that was promised.
    ///
    /// @throws DigestMismatchException if the content hashes to something else; nothing is kept
    void commit(Digest expected) throws IOException;

    /// The bytes written so far.
    long size();

    /// What is written, for another thread to read beside the writing; the caller closes it.
    GrowingBlob follow() throws IOException;

    @Override
    void close() throws IOException;
}
