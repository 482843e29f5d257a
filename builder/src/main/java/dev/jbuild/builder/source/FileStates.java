package dev.jbuild.builder.source;

import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.overlay.FileState;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/// Hashes which files there are and what the kernel says of them, without looking into any. Used by
/// one thread.
final class FileStates {
    private final MessageDigest hash = DigestAlgorithm.SHA256.newHash();
    private final ByteBuffer numbers = ByteBuffer.allocate(2 * Integer.BYTES + 5 * Long.BYTES);

    void add(ContextEntry entry) {
        byte[] name = Source.bytesOf(entry.below());
        FileState state = entry.state();
        numbers.clear()
                .putInt(name.length)
                .putInt(entry.mode())
                .putLong(state.device())
                .putLong(state.inode())
                .putLong(state.size())
                .putLong(state.mtime())
                .putLong(state.ctime());
        hash.update(numbers.flip());
        hash.update(name);
    }

    /// Ends it.
    Digest digest() {
        return Digest.finish(DigestAlgorithm.SHA256, hash);
    }
}
