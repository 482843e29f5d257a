package dev.jbuild.oci;

import java.security.MessageDigest;
import java.util.HexFormat;

/// The digest of some bytes (OCI image-spec 1.1, descriptor.md, "Digests"), such as
/// `sha256:44136fa3…`.
///
/// @param hex lower-case hex, as many characters as the algorithm has
public record Digest(DigestAlgorithm algorithm, String hex) implements Comparable<Digest> {
    public Digest {
        if (hex.length() != algorithm.hexLength()) {
            throw invalid(
                    algorithm.token() + ":" + hex,
                    "the hash has " + hex.length() + " characters; " + needs(algorithm));
        }
        for (int i = 0; i < hex.length(); i++) {
            char c = hex.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
                throw invalid(
                        algorithm.token() + ":" + hex,
                        "'" + c + "' is not a lower-case hex digit; " + needs(algorithm));
            }
        }
    }

    /// Reads `algorithm:hex`.
    ///
    /// @throws InvalidDigestException says which part is wrong
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw invalid(
                    text,
                    "no ':' between algorithm and hash; an example is sha256:44136fa3… with 64 hex digits");
        }
        String token = text.substring(0, colon);
        DigestAlgorithm algorithm =
                DigestAlgorithm.byToken(token)
                        .orElseThrow(
                                () ->
                                        invalid(
                                                text,
                                                "the algorithm '"
                                                        + token
                                                        + "' is not supported; sha256 and sha512 are"));
        return new Digest(algorithm, text.substring(colon + 1));
    }

    /// The SHA-256 of bytes in memory.
    public static Digest sha256(byte[] bytes) {
        return of(DigestAlgorithm.SHA256, bytes);
    }

    /// The hash of bytes in memory.
    public static Digest of(DigestAlgorithm algorithm, byte[] bytes) {
        return finish(algorithm, hash(algorithm, bytes));
    }

    /// Ends a running hash, which is reset by it.
    public static Digest finish(DigestAlgorithm algorithm, MessageDigest hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash.digest()));
    }

    /// The first 12 hex digits, for people.
    public String shortHex() {
        return hex.substring(0, 12);
    }

    @Override
    public int compareTo(Digest other) {
        int byAlgorithm = algorithm.compareTo(other.algorithm);
        return byAlgorithm != 0 ? byAlgorithm : hex.compareTo(other.hex);
    }

    @Override
    public String toString() {
        return algorithm.token() + ":" + hex;
    }

    private static MessageDigest hash(DigestAlgorithm algorithm, byte[] bytes) {
        MessageDigest hash = algorithm.newHash();
        hash.update(bytes);
        return hash;
    }

    private static String needs(DigestAlgorithm algorithm) {
        return algorithm.token()
                + " needs "
                + algorithm.hexLength()
                + " characters of lower-case hex";
    }

    private static InvalidDigestException invalid(String text, String why) {
        return new InvalidDigestException("invalid digest '" + text + "': " + why);
    }
}
