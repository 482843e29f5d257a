package dev.jbuild.store;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Images in a blob store whose names are lost: all manifests with everything they need, but those
/// that are part of an index.
record LostImages(DirectoryBlobStore blobs) {
    private static final long MOST = 4 << 20;

    List<NamedImage> find() throws IOException {
        List<Encoded<Manifest>> manifests = new ArrayList<>();
        Set<Digest> parts = new HashSet<>();
        for (DirectoryBlobStore.Stored blob : blobs.stored()) {
            Optional<Encoded<Manifest>> manifest = manifest(blob);
            if (manifest.isPresent() && isComplete(manifest.get().value())) {
                manifests.add(manifest.get());
                if (manifest.get().value() instanceof ImageIndex index) {
                    index.manifests().forEach(child -> parts.add(child.digest()));
                }
            }
        }
        return manifests.stream()
                .map(Encoded::descriptor)
                .filter(found -> !parts.contains(found.digest()))
                .map(found -> new NamedImage(name(found.digest()), found))
                .toList();
    }

    private static ImageReference name(Digest digest) {
        return ImageReference.parse("localhost/recovered:" + digest.shortHex());
    }

    private Optional<Encoded<Manifest>> manifest(DirectoryBlobStore.Stored blob)
            throws IOException {
        if (blob.size() > MOST) {
            return Optional.empty();
        }
        Descriptor any = new Descriptor(MediaType.OCI_LAYER, blob.digest(), blob.size());
        try {
            Encoded<Manifest> manifest = OciJson.readManifest(blobs.read(any), Optional.empty());
            return Optional.of(manifest).filter(m -> m.descriptor().digest().equals(blob.digest()));
        } catch (InvalidJsonException | DigestMismatchException | IllegalArgumentException e) {
            return Optional.empty(); // something else, or damaged
        }
    }

    private boolean isComplete(Manifest manifest) {
        return switch (manifest) {
            case ImageManifest image ->
                    isHere(image.config()) && image.layers().stream().allMatch(this::isHere);
            case ImageIndex index -> index.manifests().stream().anyMatch(this::isHere);
        };
    }

    private boolean isHere(Descriptor part) {
        return Files.exists(blobs.path(part.digest()));
    }
}
