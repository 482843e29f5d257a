package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.ImageStore;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes images as the tar of an OCI image layout. The bytes depend on the images and their names
/// alone.
final class OciArchiveWriter {
    private final Store store;
    private final ArchiveTar tar;

    OciArchiveWriter(Store store, OutputStream out) {
        this.store = store;
        this.tar = new ArchiveTar(out);
    }

    void write(List<ImageReference> names) throws IOException {
        List<Descriptor> roots = new ArrayList<>();
        Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
        for (ImageReference name : names) {
            Descriptor image = ArchiveTar.require(store, name);
            collect(image, blobs, true);
            Map<String, String> annotations = new LinkedHashMap<>(image.annotations());
            annotations.put(ImageStore.REF_NAME, name.identifier());
            annotations.put(ImageStore.CONTAINERD_NAME, name.toString());
            roots.add(image.withAnnotations(annotations));
        }
        tar.add("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(UTF_8));
        tar.add("index.json", OciJson.encode(ImageIndex.of(roots)).bytes());
        for (Descriptor blob : blobs.values()) {
            tar.addBlob(
                    "blobs/" + blob.digest().algorithm().token() + "/" + blob.digest().hex(),
                    store.blobs(),
                    blob);
        }
        tar.finish();
    }

    /// Manifests before what they refer to. Of an index, only the images that are here.
    private void collect(Descriptor root, Map<Digest, Descriptor> blobs, boolean required)
            throws IOException {
        BlobStore source = store.blobs();
        if (blobs.containsKey(root.digest())
                || (!required && source.size(root.digest()).isEmpty())) {
            return;
        }
        Encoded<Manifest> document = new ImageDocuments(source).manifest(root);
        blobs.put(root.digest(), root);
        switch (document.value()) {
            case ImageManifest manifest -> {
                blobs.put(manifest.config().digest(), manifest.config());
                for (Descriptor layer : manifest.layers()) {
                    if (source.size(layer.digest()).isPresent()) {
                        blobs.put(layer.digest(), layer);
                    } else if (!layer.mediaType().isNonDistributable()) {
                        throw new NoSuchFileException(
                                layer.digest().toString(),
                                null,
                                "a layer is missing in the store; pull or load the image again");
                    }
                }
            }
            case ImageIndex index -> {
                int before = blobs.size();
                for (Descriptor child : index.manifests()) {
                    collect(child, blobs, false);
                }
                if (blobs.size() == before && !index.manifests().isEmpty()) {
                    throw new NoSuchFileException(
                            root.digest().toString(),
                            null,
                            "the index is here, but none of its images; pull one");
                }
            }
        }
    }
}
