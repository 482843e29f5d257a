package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.InvalidLayerException;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerBlobs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes images as a docker archive: `manifest.json`, a configuration each, and layers as tars
/// named by diffID.
final class DockerArchiveWriter {
    private final Store store;
    private final Platform platform;
    private final ArchiveTar tar;

    DockerArchiveWriter(Store store, Platform platform, OutputStream out) {
        this.store = store;
        this.platform = platform;
        this.tar = new ArchiveTar(out);
    }

    void write(List<ImageReference> names) throws IOException {
        Map<Digest, StoredImage> images = new LinkedHashMap<>();
        Map<Digest, List<String>> tags = new LinkedHashMap<>();
        for (ImageReference name : names) {
            Descriptor descriptor = ArchiveTar.require(store, name);
            StoredImage image = new ImageDocuments(store.blobs()).image(descriptor, platform);
            Digest id = image.manifest().value().config().digest();
            images.put(id, image);
            List<String> names1 = tags.computeIfAbsent(id, _ -> new ArrayList<>());
            name.tag().ifPresent(tag -> names1.add(name.withTag(tag).familiar()));
        }
        Map<DiffId, Descriptor> layers = new LinkedHashMap<>();
        List<Json> manifest = new ArrayList<>();
        for (Map.Entry<Digest, StoredImage> image : images.entrySet()) {
            manifest.add(describe(image.getValue(), tags.getOrDefault(image.getKey(), List.of())));
            collectLayers(image.getValue(), layers);
        }
        tar.add("manifest.json", Json.array(manifest).encode());
        for (StoredImage image : images.values()) {
            Descriptor config = image.manifest().value().config();
            tar.addBlob(config.digest().hex() + ".json", store.blobs(), config);
        }
        for (Map.Entry<DiffId, Descriptor> layer : layers.entrySet()) {
            writeLayer(layer.getKey(), layer.getValue());
        }
        tar.finish();
    }

    private static Json describe(StoredImage image, List<String> tags) {
        return Json.object()
                .put("Config", image.manifest().value().config().digest().hex() + ".json")
                .put("RepoTags", Json.strings(tags))
                .put(
                        "Layers",
                        Json.strings(
                                image.config().diffIds().stream()
                                        .map(DockerArchiveWriter::fileName)
                                        .toList()))
                .build();
    }

    private static String fileName(DiffId diffId) {
        return diffId.digest().hex() + ".tar";
    }

    private static void collectLayers(StoredImage image, Map<DiffId, Descriptor> layers)
            throws IOException {
        ImageManifest manifest = image.manifest().value();
        List<DiffId> diffIds = image.config().diffIds();
        if (diffIds.size() != manifest.layers().size()) {
            throw new InvalidLayerException(
                    "image "
                            + image.manifest().descriptor().digest()
                            + ": the configuration lists "
                            + diffIds.size()
                            + " layers, the manifest "
                            + manifest.layers().size());
        }
        for (int i = 0; i < diffIds.size(); i++) {
            layers.putIfAbsent(diffIds.get(i), manifest.layers().get(i));
        }
    }

    /// The header needs the size first, which costs a decompression if nobody recorded it.
    private void writeLayer(DiffId diffId, Descriptor layer) throws IOException {
        Optional<Layer> recorded = store.layers().find(diffId).stream().findFirst();
        long size =
                recorded.isPresent()
                        ? recorded.get().uncompressedSize()
                        : LayerBlobs.examine(store.blobs(), layer).uncompressedSize();
        DigestAlgorithm algorithm = diffId.digest().algorithm();
        MessageDigest hash = algorithm.newHash();
        try (InputStream in =
                new DigestInputStream(LayerBlobs.uncompressed(store.blobs(), layer), hash)) {
            tar.add(fileName(diffId), size, in);
        }
        DiffId actual = new DiffId(Digest.finish(algorithm, hash));
        if (!actual.equals(diffId)) {
            throw new InvalidLayerException(
                    "layer "
                            + layer.digest()
                            + ": its content has the diffID "
                            + actual
                            + ", but the image's configuration says "
                            + diffId
                            + "; pull or load the image again");
        }
    }
}
