package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// Hashes files.
public final class FileDigests {
    private static final int BUFFER = 256 * 1024;

    private FileDigests() {}

    /// Told of bytes as they were read, and may wait.
    public interface Pace {
        /// @throws IOException to end it
        void read(int bytes) throws IOException;
    }

    public static Digest of(DigestAlgorithm algorithm, Path file) throws IOException {
        return Digest.finish(algorithm, hash(algorithm, file, _ -> {}));
    }

    /// The state of a hash that has seen the whole file.
    public static MessageDigest hash(DigestAlgorithm algorithm, Path file, Pace pace)
            throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            return hash(algorithm, in, pace);
        }
    }

    /// The same from where the channel stands. A virtual thread that computes gives its carrier to
    /// others only if asked to.
    @SuppressWarnings("ThreadPriorityCheck")
    public static MessageDigest hash(DigestAlgorithm algorithm, FileChannel in, Pace pace)
            throws IOException {
        MessageDigest hash = algorithm.newHash();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
            hash.update(buffer.flip());
            buffer.clear();
            pace.read(read);
            Thread.yield();
        }
        return hash;
    }
}
