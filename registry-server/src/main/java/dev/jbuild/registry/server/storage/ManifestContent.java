package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a manifest's bytes say (image-spec 1.1, manifest.md and image-index.md), as the index wants
/// to know it.
public final class ManifestContent {
    private ManifestContent() {}

    /// @param digest of the bytes
    /// @param declared what to take it for if it doesn't say
    public static ManifestIndex.Addition read(
            byte[] bytes, Digest digest, Optional<MediaType> declared) throws InvalidJsonException {
        Manifest manifest = OciJson.readManifest(bytes, declared).value();
        return of(manifest, new Descriptor(manifest.mediaType(), digest, bytes.length));
    }

    /// @param known media type, digest and size of the manifest
    public static ManifestIndex.Addition of(Manifest manifest, Descriptor known) {
        Descriptor descriptor = new Descriptor(known.mediaType(), known.digest(), known.size());
        Optional<MediaType> artifactType = artifactType(manifest);
        if (artifactType.isPresent()) {
            descriptor = descriptor.withArtifactType(artifactType.get());
        }
        if (manifest.subject().isPresent()) {
            // Only lists of referrers show them, and they can be megabytes.
            descriptor = descriptor.withAnnotations(Map.copyOf(manifest.annotations()));
        }
        return switch (manifest) {
            case ImageManifest image -> image(image, descriptor);
            case ImageIndex index -> index(index, descriptor);
        };
    }

    /// distribution-spec 1.1, "Listing Referrers": an image without one has its config's type.
    private static Optional<MediaType> artifactType(Manifest manifest) {
        return manifest.artifactType()
                .or(
                        () ->
                                manifest instanceof ImageManifest image
                                        ? Optional.of(image.config().mediaType())
                                        : Optional.empty());
    }

    private static ManifestIndex.Addition image(ImageManifest image, Descriptor descriptor) {
        List<Digest> blobs = new ArrayList<>();
        blobs.add(image.config().digest());
        for (Descriptor layer : image.layers()) {
            if (!layer.mediaType().isNonDistributable() && layer.urls().isEmpty()) {
                blobs.add(layer.digest());
            }
        }
        Set<ManifestIndex.Mention> mentions = new HashSet<>();
        mentions.add(ManifestIndex.Mention.of(image.config()));
        image.layers().forEach(layer -> mentions.add(ManifestIndex.Mention.of(layer)));
        return new ManifestIndex.Addition(
                descriptor, image.subject().map(Descriptor::digest), blobs, List.of(), mentions);
    }

    /// Children that are no manifests are blobs: build caches are kept in such indexes.
    private static ManifestIndex.Addition index(ImageIndex index, Descriptor descriptor) {
        List<Digest> blobs = new ArrayList<>();
        List<Digest> manifests = new ArrayList<>();
        Set<ManifestIndex.Mention> mentions = new HashSet<>();
        for (Descriptor child : index.manifests()) {
            boolean isManifest = child.mediaType().isIndex() || child.mediaType().isImageManifest();
            (isManifest ? manifests : blobs).add(child.digest());
            mentions.add(ManifestIndex.Mention.of(child));
        }
        return new ManifestIndex.Addition(
                descriptor, index.subject().map(Descriptor::digest), blobs, manifests, mentions);
    }
}
