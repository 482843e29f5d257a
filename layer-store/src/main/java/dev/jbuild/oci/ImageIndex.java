package dev.jbuild.oci;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A list of manifests, usually one a platform (OCI image-spec 1.1, image-index.md).
public record ImageIndex(
        MediaType mediaType,
        Optional<MediaType> artifactType,
        List<Descriptor> manifests,
        Optional<Descriptor> subject,
        Map<String, String> annotations)
        implements Manifest {
    public ImageIndex {
        if (!mediaType.isIndex()) {
            throw new IllegalArgumentException(
                    "'" + mediaType + "' is not the media type of an image index");
        }
        manifests = List.copyOf(manifests);
        annotations = Map.copyOf(annotations);
    }

    /// A plain OCI index.
    public static ImageIndex of(List<Descriptor> manifests) {
        return new ImageIndex(
                MediaType.OCI_INDEX, Optional.empty(), manifests, Optional.empty(), Map.of());
    }

    /// The first manifest that runs on `wanted`; one without a platform runs anywhere, but only if
    /// nothing fits better.
    public Optional<Descriptor> select(Platform wanted) {
        Optional<Descriptor> exact =
                manifests.stream()
                        .filter(m -> m.platform().equals(Optional.of(wanted)))
                        .findFirst();
        if (exact.isPresent()) {
            return exact;
        }
        Optional<Descriptor> fitting =
                manifests.stream()
                        .filter(m -> m.platform().filter(wanted::accepts).isPresent())
                        .findFirst();
        return fitting.isPresent()
                ? fitting
                : manifests.stream().filter(m -> m.platform().isEmpty()).findFirst();
    }
}
