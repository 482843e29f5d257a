package dev.jbuild.store;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;

/// Manifests and configurations as they stand in a blob store, each verified when it is read.
///
/// @param blobs where they are
public record ImageDocuments(BlobStore blobs) {

    /// The manifest or index a descriptor points at.
    public Encoded<Manifest> manifest(Descriptor descriptor) throws IOException {
        byte[] content = blobs.read(descriptor);
        try {
            return OciJson.readManifest(content, Optional.of(descriptor.mediaType()));
        } catch (InvalidJsonException e) {
            throw new InvalidJsonException(
                    "blob " + descriptor.digest() + ": " + e.getMessage(), e);
        }
    }

    /// The configuration of an image.
    public ImageConfig config(ImageManifest manifest) throws IOException {
        Descriptor descriptor = manifest.config();
        if (!descriptor.mediaType().equals(MediaType.OCI_CONFIG)
                && !descriptor.mediaType().equals(MediaType.DOCKER_CONFIG)) {
            throw new IOException(
                    "config "
                            + descriptor.digest()
                            + " is a '"
                            + descriptor.mediaType()
                            + "': the manifest is one of an artifact, not of an image");
        }
        byte[] content = blobs.read(descriptor);
        try {
            return ImageConfigJson.read(content);
        } catch (InvalidJsonException e) {
            throw new InvalidJsonException(
                    "blob " + descriptor.digest() + ": " + e.getMessage(), e);
        }
    }

    /// The image a descriptor stands for: itself, or the one an index has for `platform`.
    ///
    /// @throws IOException if the index has none for it; the message lists those it has
    public StoredImage image(Descriptor descriptor, Platform platform) throws IOException {
        Encoded<Manifest> document = manifest(descriptor);
        return switch (document.value()) {
            case ImageManifest manifest ->
                    new StoredImage(
                            Encoded.of(manifest, document.bytes(), manifest.mediaType()),
                            config(manifest));
            case ImageIndex index -> image(select(descriptor, index, platform), platform);
        };
    }

    private static Descriptor select(Descriptor descriptor, ImageIndex index, Platform platform)
            throws IOException {
        return index.select(platform)
                .orElseThrow(
                        () ->
                                new IOException(
                                        "index "
                                                + descriptor.digest()
                                                + " has no image for "
                                                + platform
                                                + "; it has "
                                                + platforms(index)));
    }

    private static String platforms(ImageIndex index) {
        return index.manifests().stream()
                .flatMap(manifest -> manifest.platform().stream())
                .map(Platform::toString)
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
