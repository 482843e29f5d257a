package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
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
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.ImageStore;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StagedBlobs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Takes the images of an OCI image layout into a store. Names are given when all images are
/// complete.
final class OciLayoutReader {
    private static final String VERSION = "1.0.0";

    private final Store store;
    private final StagedBlobs blobs;
    private final Optional<ImageReference> chosenName;
    private final Set<Digest> needed = new LinkedHashSet<>();

    /// Documents that were taken in with all they need: one may be named any number of times.
    private final Set<Digest> complete = new HashSet<>();

    OciLayoutReader(Store store, StagedBlobs blobs, Optional<ImageReference> chosenName) {
        this.store = store;
        this.blobs = blobs;
        this.chosenName = chosenName;
    }

    List<NamedImage> register(ArchiveContents contents, String source) throws IOException {
        try {
            List<NamedImage> images = images(contents);
            for (NamedImage image : images) {
                fetch(image.descriptor(), contents);
            }
            blobs.publish(needed);
            for (NamedImage image : images) {
                store.images().put(image.name(), image.descriptor());
            }
            return images;
        } catch (InvalidJsonException
                | InvalidArchiveException
                | InvalidReferenceException
                | DigestMismatchException e) {
            throw new InvalidArchiveException(source + ": " + e.getMessage(), e);
        }
    }

    private List<NamedImage> images(ArchiveContents contents) throws IOException {
        requireVersion(require(contents, "oci-layout"));
        byte[] json = require(contents, "index.json");
        Manifest index = OciJson.readManifest(json, Optional.of(MediaType.OCI_INDEX)).value();
        return switch (index) {
            case ImageIndex roots -> named(roots);
            case ImageManifest _ ->
                    throw new InvalidArchiveException("'index.json' is no index of images");
        };
    }

    /// @param mark the content of `oci-layout`
    /// @throws InvalidArchiveException if it is a layout of another version
    static void requireVersion(byte[] mark) throws IOException {
        String version = JsonMembers.parse("oci-layout", mark).requiredText("imageLayoutVersion");
        if (!version.equals(VERSION)) {
            throw new InvalidArchiveException(
                    "the version of the layout is '"
                            + version
                            + "'; "
                            + VERSION
                            + " is understood");
        }
    }

    private List<NamedImage> named(ImageIndex index) throws InvalidArchiveException {
        if (index.manifests().isEmpty()) {
            throw new InvalidArchiveException("there is no image in it");
        }
        ArchiveNames names = new ArchiveNames(chosenName, index.manifests());
        List<NamedImage> images = new ArrayList<>();
        for (Descriptor root : index.manifests()) {
            images.add(new NamedImage(names.of(root), withoutName(root)));
        }
        return images;
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
        if (!complete.add(root.digest())) {
            return;
        }
        if (!root.mediaType().isImageManifest() && !root.mediaType().isIndex()) {
            return; // an index may list anything
        }
        Encoded<Manifest> document = new ImageDocuments(blobs).manifest(root);
        switch (document.value()) {
            case ImageManifest manifest -> {
                fetchBlob(manifest.config(), contents);
                for (Descriptor layer : manifest.layers()) {
                    if (!layer.mediaType().isNonDistributable()) {
                        fetchBlob(layer, contents);
                    } else if (contents.fetch(layer)) {
                        requireSize(layer);
                        needed.add(layer.digest());
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
                new ImageValidator(blobs).check(root, ImageValidator.Depth.STRUCTURE);
        if (!problems.isEmpty()) {
            throw new InvalidArchiveException(
                    "image " + manifest.config().digest() + ": " + problems.getFirst());
        }
    }

    private void fetchBlob(Descriptor blob, ArchiveContents contents) throws IOException {
        if (!contents.fetch(blob) && !inlined(blob)) {
            throw new InvalidArchiveException(
                    "blob " + blob.digest() + " (" + blob.mediaType() + ") is missing in it");
        }
        requireSize(blob);
        needed.add(blob.digest());
    }

    /// The descriptor itself may have the content (image-spec 1.1, descriptor.md, "data").
    private boolean inlined(Descriptor blob) throws IOException {
        if (blob.data().isEmpty()) {
            return false;
        }
        try {
            byte[] content = Base64.getDecoder().decode(blob.data().get());
            BlobCopy.copy(new ByteArrayInputStream(content), blobs, blob.digest());
            return true;
        } catch (IllegalArgumentException e) {
            throw new InvalidArchiveException(
                    "the 'data' of blob " + blob.digest() + " is no base64", e);
        }
    }

    private void requireSize(Descriptor blob) throws IOException {
        ArchiveContents.requireSize(blob, blobs.size(blob.digest()).orElse(-1));
    }

    private static byte[] require(ArchiveContents contents, String name) throws IOException {
        return contents.find(name)
                .orElseThrow(() -> new InvalidArchiveException("'" + name + "' is missing in it"));
    }
}
