package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.util.Collection;

/// Hashes named values without ambiguity: every name and value goes in with its length. Two of them
/// agree if and only if the same values were added in the same order.
public final class CacheText {
    private static final int MOST_WAITING = 1 << 12;

    private final MessageDigest hash = DigestAlgorithm.SHA256.newHash();
    private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

    public CacheText add(String name, String value) {
        part(Source.bytesOf(name));
        part(Source.bytesOf(value));
        return this;
    }

    public CacheText add(String name, Collection<String> values) {
        add(name, Integer.toString(values.size()));
        values.forEach(value -> part(Source.bytesOf(value)));
        return this;
    }

    /// Ends it.
    public Digest digest() {
        pass();
        return Digest.finish(DigestAlgorithm.SHA256, hash);
    }

    private void part(byte[] bytes) {
        waiting.writeBytes((bytes.length + ":").getBytes(UTF_8));
        waiting.writeBytes(bytes);
        if (waiting.size() >= MOST_WAITING) {
            pass();
        }
    }

    private void pass() {
        hash.update(waiting.toByteArray());
        waiting.reset();
    }
}
