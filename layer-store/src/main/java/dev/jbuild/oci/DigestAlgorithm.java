package dev.jbuild.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/// The registered digest algorithms (OCI image-spec 1.1, descriptor.md, "Registered algorithms").
public enum DigestAlgorithm {
    SHA256("sha256", "SHA-256", 64),
    SHA512("sha512", "SHA-512", 128);

    private final String token;
    private final String javaName;
    private final int hexLength;

    DigestAlgorithm(String token, String javaName, int hexLength) {
        this.token = token;
        this.javaName = javaName;
        this.hexLength = hexLength;
    }

    /// The part before the colon, such as `sha256`.
    public String token() {
        return token;
    }

    /// The number of hex characters of a digest.
    public int hexLength() {
        return hexLength;
    }

    /// A fresh hash of this algorithm.
    public MessageDigest newHash() {
        try {
            return MessageDigest.getInstance(javaName);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + javaName, e);
        }
    }

    /// The algorithm with that token, or empty if it isn't a registered one.
    public static Optional<DigestAlgorithm> byToken(String token) {
        for (DigestAlgorithm algorithm : values()) {
            if (algorithm.token.equals(token)) {
                return Optional.of(algorithm);
            }
        }
        return Optional.empty();
    }
}
