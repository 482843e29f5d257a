package dev.jbuild.oci;

/// The digest of a layer's uncompressed tar (OCI image-spec 1.1, config.md, "Layer DiffID"). A type
/// of its own, so that it can't be passed where a descriptor's digest is meant.
public record DiffId(Digest digest) {
    public static DiffId parse(String text) {
        return new DiffId(Digest.parse(text));
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}
