package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The content of a blob that is still being written, for one who passes it on meanwhile. It can be
/// read to its end after the blob is committed; once its writer is closed without that, there is
/// nothing to be read any more. Used by one thread at a time; the caller closes it.
public final class GrowingBlob implements AutoCloseable {
    private final FileChannel content;
    private final Growth growth;

    /// @param file what is being written
    GrowingBlob(Path file, Growth growth) throws IOException {
        this.content = FileChannel.open(file, StandardOpenOption.READ);
        this.growth = growth;
    }

    /// Waits until there are so many bytes, or all.
    ///
    /// @return how many there are
    /// @throws IOException if the blob was given up
    public long await(long bytes) throws IOException, InterruptedException {
        return growth.await(bytes);
    }

    /// Reads bytes at a position, waiting until there are any.
    ///
    /// @return how many, or -1 if the blob ends there
    /// @throws IOException if the blob was given up
    public int read(ByteBuffer buffer, long position) throws IOException, InterruptedException {
        growth.await(position + 1);
        return content.read(buffer, position);
    }

    /// Known once all of it is written.
    public Optional<Digest> digest() {
        return growth.digest();
    }

    @Override
    public void close() throws IOException {
        content.close();
    }

    /// How far the writing of a blob has come.
    static final class Growth {
        private long size;
        private @Nullable Digest digest;
        private boolean givenUp;

        synchronized void to(long bytes) {
            size = bytes;
            notifyAll();
        }

        synchronized void complete(Digest all) {
            digest = all;
            notifyAll();
        }

        /// Nothing more comes, unless it was complete.
        synchronized void giveUp() {
            givenUp = digest == null;
            notifyAll();
        }

        synchronized Optional<Digest> digest() {
            return Optional.ofNullable(digest);
        }

        synchronized long await(long bytes) throws IOException, InterruptedException {
            while (size < bytes && digest == null && !givenUp) {
                wait();
            }
            if (givenUp) {
                throw new IOException("what was being written was given up");
            }
            return size;
        }
    }
}
