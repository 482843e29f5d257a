package dev.jbuild.oci;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;
import java.util.Optional;

/// The identity of a stack of layers (OCI image-spec 1.1, config.md, "Layer ChainID").
public record ChainId(Digest digest) {

    /// The chainID of layers from the bottom up, or empty for no layers at all.
    public static Optional<ChainId> of(List<DiffId> diffIds) {
        Optional<ChainId> chain = Optional.empty();
        for (DiffId diffId : diffIds) {
            chain = Optional.of(extend(chain, diffId));
        }
        return chain;
    }

    /// The chainID of `parent` with one more layer on top; of that layer alone if there is no
    /// parent.
    public static ChainId extend(Optional<ChainId> parent, DiffId top) {
        return parent.map(
                        below -> new ChainId(Digest.sha256((below + " " + top).getBytes(US_ASCII))))
                .orElseGet(() -> new ChainId(top.digest()));
    }

    public static ChainId parse(String text) {
        return new ChainId(Digest.parse(text));
    }

    @Override
    public String toString() {
        return digest.toString();
    }
}
