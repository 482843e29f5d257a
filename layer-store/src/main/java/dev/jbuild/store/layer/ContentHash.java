package dev.jbuild.store.layer;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.security.MessageDigest;
import java.util.function.Consumer;

/// The sha256 of one file among those that go into a layer. Used by one thread.
final class ContentHash {
    private final MessageDigest hash = DigestAlgorithm.SHA256.newHash();
    private final Consumer<Digest> told;
    private long remaining;

    /// @param size of the content; with none, the hash is told at once
    /// @param told takes the hash once all of it is there
    ContentHash(long size, Consumer<Digest> told) {
        this.remaining = size;
        this.told = told;
        tellIfComplete();
    }

    void update(byte[] bytes, int from, int length) {
        hash.update(bytes, from, length);
        remaining -= length;
        tellIfComplete();
    }

    private void tellIfComplete() {
        if (remaining == 0) {
            told.accept(Digest.finish(DigestAlgorithm.SHA256, hash));
        }
    }
}
