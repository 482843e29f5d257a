package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.ImageStore;
import dev.jbuild.store.NamedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes the images of an OCI image layout into a store. Names are given when all images are
/// complete.
final class OciLayoutReader {
    private static final String VERSION = "1.0.0";

    private final Store store;
    private final Optional<ImageReference> chosenName;

    OciLayoutReader(Store store, Optional<ImageReference> chosenName) {
        this.store = store;
        this.chosenName = chosenName;
    }

    List<NamedImage> register(ArchiveContents contents, String source) throws IOException {
        try {
            List<NamedImage> images = images(contents);
            for (NamedImage image : images) {
                fetch(image.descriptor(), contents);
            }
            for (NamedImage image : images) {
                store.images().put(image.name(), image.descriptor());
            }
            return images;
        } catch (InvalidJsonException | InvalidArchiveException | InvalidReferenceException e) {
            throw new InvalidArchiveException(source + ": " + e.getMessage(), e);
        }
    }

    private List<NamedImage> images(ArchiveContents contents) throws IOException {
        JsonMembers layout = JsonMembers.parse("oci-layout", require(contents, "oci-layout"));
        if (!layout.requiredText("imageLayoutVersion").equals(VERSION)) {
            throw new InvalidArchiveException(
                    "the version of the layout is '"
                            + layout.requiredText("imageLayoutVersion")
                            + "'; "
                            + VERSION
                            + " is understood");
        }
        byte[] json = require(contents, "index.json");
        Manifest index = OciJson.readManifest(json, Optional.of(MediaType.OCI_INDEX)).value();
        return switch (index) {
            case ImageIndex roots -> named(roots);
            case ImageManifest _ ->
                    throw new InvalidArchiveException("'index.json' is no index of images");
        };
    }

    private List<NamedImage> named(ImageIndex index) throws InvalidArchiveException {
        if (index.manifests().isEmpty()) {
            throw new InvalidArchiveException("there is no image in it");
        }
        if (chosenName.isPresent() && index.manifests().size() > 1) {
            throw new InvalidArchiveException(
                    "it has "
                            + index.manifests().size()
                            + " images, so one name can't be given; load it without one");
        }
        List<NamedImage> images = new ArrayList<>();
        for (Descriptor root : index.manifests()) {
            images.add(new NamedImage(name(root), withoutName(root)));
        }
        return images;
    }

    private ImageReference name(Descriptor root) throws InvalidArchiveException {
        Map<String, String> annotations = root.annotations();
        return chosenName
                .or(
                        () ->
                                Optional.ofNullable(annotations.get(ImageStore.CONTAINERD_NAME))
                                        .or(
                                                () ->
                                                        Optional.ofNullable(
                                                                annotations.get(
                                                                        ImageStore.REF_NAME)))
                                        .map(ImageReference::parse))
                .orElseThrow(
                        () ->
                                new InvalidArchiveException(
                                        "image "
                                                + root.digest()
                                                + " has no name in it; give one when loading"));
    }

    private static Descriptor withoutName(Descriptor root) {
        Map<String, String> annotations = new LinkedHashMap<>(root.annotations());
        annotations.remove(ImageStore.CONTAINERD_NAME);
        annotations.remove(ImageStore.REF_NAME);
        return root.withAnnotations(annotations);
    }

    /// Takes in an image with all it needs; of an index, the images that are there, at least one.
    private void fetch(Descriptor root, ArchiveContents contents) throws IOException {
        fetchBlob(root, contents);
        Encoded<Manifest> document = new ImageDocuments(store.blobs()).manifest(root);
        switch (document.value()) {
            case ImageManifest manifest -> {
                fetchBlob(manifest.config(), contents);
                for (Descriptor layer : manifest.layers()) {
                    if (!layer.mediaType().isNonDistributable()) {
                        fetchBlob(layer, contents);
                    } else if (contents.fetch(layer)) {
                        requireSize(layer);
                    }
                }
                checkLayers(root, manifest);
            }
            case ImageIndex index -> {
                boolean any = index.manifests().isEmpty();
                for (Descriptor child : index.manifests()) {
                    if (contents.fetch(child)) {
                        fetch(child, contents);
                        any = true;
                    }
                }
                if (!any) {
                    throw new InvalidArchiveException(
                            "index " + root.digest() + " has none of its images in it");
                }
            }
        }
    }

    private void checkLayers(Descriptor root, ImageManifest manifest) throws IOException {
        List<ImageValidator.Problem> problems =
                new ImageValidator(store.blobs()).check(root, ImageValidator.Depth.STRUCTURE);
        if (!problems.isEmpty()) {
            throw new InvalidArchiveException(
                    "image " + manifest.config().digest() + ": " + problems.getFirst());
        }
    }

    private void fetchBlob(Descriptor blob, ArchiveContents contents) throws IOException {
        if (!contents.fetch(blob)) {
            throw new InvalidArchiveException(
                    "blob " + blob.digest() + " (" + blob.mediaType() + ") is missing in it");
        }
        requireSize(blob);
    }

    private void requireSize(Descriptor blob) throws IOException {
        long size = store.blobs().size(blob.digest()).orElse(-1);
        if (size != blob.size()) {
            throw new InvalidArchiveException(
                    "blob "
                            + blob.digest()
                            + " has "
                            + size
                            + " bytes where its descriptor says "
                            + blob.size());
        }
    }

    private static byte[] require(ArchiveContents contents, String name) throws IOException {
        return contents.find(name)
                .orElseThrow(() -> new InvalidArchiveException("'" + name + "' is missing in it"));
    }
}
