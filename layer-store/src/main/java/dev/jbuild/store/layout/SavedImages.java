package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.ImageDocuments;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// The blobs of images that are to be saved, each once, manifests before what they refer to.
final class SavedImages {
    private final Store store;
    private final ImageDocuments documents;
    private final Map<Digest, Descriptor> blobs = new LinkedHashMap<>();

    SavedImages(Store store) {
        this.store = store;
        this.documents = new ImageDocuments(store.blobs());
    }

    /// Adds an image with all that it needs.
    ///
    /// @param platform which image of an index to take; empty for the index with all its images
    /// @return the manifest or index
    /// @throws NoSuchFileException if there is no such name, or a part of the image is not here;
    ///     the message says how to get it
    Descriptor add(ImageReference name, Optional<Platform> platform) throws IOException {
        Descriptor found =
                store.images()
                        .find(name)
                        .orElseThrow(
                                () ->
                                        new NoSuchFileException(
                                                name.familiar(),
                                                null,
                                                "no image of that name in the store '"
                                                        + store.root()
                                                        + "' (jbuild images lists them)"));
        Descriptor root = platform.isEmpty() ? found : select(name, found, platform.get());
        collect(name, root);
        return root;
    }

    Collection<Descriptor> blobs() {
        return blobs.values();
    }

    private Descriptor select(ImageReference name, Descriptor root, Platform platform)
            throws IOException {
        Descriptor at = root;
        while (documents.manifest(at).value() instanceof ImageIndex index) {
            Descriptor child =
                    index.select(platform)
                            .orElseThrow(
                                    () ->
                                            new IOException(
                                                    noneFor(name, index.manifests(), platform)));
            if (isAbsent(child)) {
                throw new NoSuchFileException(
                        name.familiar(),
                        null,
                        "its image for "
                                + platform
                                + " is not in the store; pull it (jbuild pull --platform "
                                + platform
                                + " "
                                + name.familiar()
                                + ")");
            }
            at = child;
        }
        return at;
    }

    private static String noneFor(ImageReference name, List<Descriptor> all, Platform platform) {
        return name.familiar() + ": no image for " + platform + "; it has " + platforms(all);
    }

    private void collect(ImageReference name, Descriptor document) throws IOException {
        if (blobs.putIfAbsent(document.digest(), document) != null || !isDocument(document)) {
            return;
        }
        Manifest manifest = documents.manifest(document).value();
        switch (manifest) {
            case ImageManifest image -> collectParts(name, image);
            case ImageIndex index -> {
                requireAll(name, index);
                for (Descriptor child : index.manifests()) {
                    collect(name, child);
                }
            }
        }
    }

    private void collectParts(ImageReference name, ImageManifest image) throws IOException {
        List<Descriptor> parts = new ArrayList<>(List.of(image.config()));
        parts.addAll(image.layers());
        for (Descriptor part : parts) {
            if (!isAbsent(part)) {
                blobs.putIfAbsent(part.digest(), part);
            } else if (!part.mediaType().isNonDistributable()) {
                throw new NoSuchFileException(
                        name.familiar(),
                        null,
                        "blob "
                                + part.digest()
                                + " ("
                                + part.mediaType()
                                + ") is missing in the store; pull or load the image again");
            }
        }
    }

    private void requireAll(ImageReference name, ImageIndex index) throws IOException {
        List<Descriptor> absent = new ArrayList<>();
        List<Descriptor> here = new ArrayList<>();
        for (Descriptor child : index.manifests()) {
            (isAbsent(child) ? absent : here).add(child);
        }
        if (!absent.isEmpty()) {
            throw new NoSuchFileException(
                    name.familiar(),
                    null,
                    "it stands for "
                            + index.manifests().size()
                            + " images, of which those for "
                            + platforms(absent)
                            + " are not in the store: save one of the others ("
                            + here.stream()
                                    .flatMap(child -> child.platform().stream())
                                    .map(platform -> "--platform " + platform)
                                    .distinct()
                                    .collect(Collectors.joining(", "))
                            + "), or get all (jbuild pull --all-platforms "
                            + name.familiar()
                            + ")");
        }
    }

    private boolean isAbsent(Descriptor part) throws IOException {
        BlobStore source = store.blobs();
        OptionalLong size = source.size(part.digest());
        return size.isEmpty();
    }

    private static boolean isDocument(Descriptor part) {
        return part.mediaType().isImageManifest() || part.mediaType().isIndex();
    }

    private static String platforms(List<Descriptor> children) {
        return children.stream()
                .map(
                        child ->
                                child.platform()
                                        .map(Platform::toString)
                                        .orElse(child.digest().toString()))
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
