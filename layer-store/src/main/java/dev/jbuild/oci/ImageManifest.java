package dev.jbuild.oci;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One image or artifact (OCI image-spec 1.1, manifest.md).
///
/// @param layers from the bottom up
public record ImageManifest(
        MediaType mediaType,
        Optional<MediaType> artifactType,
        Descriptor config,
        List<Descriptor> layers,
        Optional<Descriptor> subject,
        Map<String, String> annotations)
        implements Manifest {
    public ImageManifest {
        if (!mediaType.isImageManifest()) {
            throw new IllegalArgumentException(
                    "'" + mediaType + "' is not the media type of an image manifest");
        }
        layers = List.copyOf(layers);
        annotations = Map.copyOf(annotations);
    }

    /// A plain OCI image.
    public static ImageManifest of(Descriptor config, List<Descriptor> layers) {
        return new ImageManifest(
                MediaType.OCI_MANIFEST,
                Optional.empty(),
                config,
                layers,
                Optional.empty(),
                Map.of());
    }
}
