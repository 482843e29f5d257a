package dev.jbuild.builder.plan;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageReference;
import java.util.List;

/// An image to start from or to copy from.
///
/// @param manifest the digest of its manifest
/// @param layers as many as the configuration has diffIDs, from the bottom up
public record BaseImage(
        ImageReference reference, Digest manifest, ImageConfig config, List<Descriptor> layers) {
    public BaseImage {
        layers = List.copyOf(layers);
        if (layers.size() != config.diffIds().size()) {
            throw new IllegalArgumentException(
                    reference.familiar()
                            + ": the manifest has "
                            + layers.size()
                            + " layers, the configuration "
                            + config.diffIds().size()
                            + " diffIDs");
        }
    }
}
