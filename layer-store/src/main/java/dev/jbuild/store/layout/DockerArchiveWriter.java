package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.StoredImage;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes images as docker does since version 25: an OCI image layout with a `manifest.json` beside
/// it, whose paths lead into `blobs/`. So every blob stays as it is for who reads the layout, and
/// older readers find configurations and layers, which they uncompress themselves.
final class DockerArchiveWriter {
    private final Store store;
    private final Platform platform;
    private final ArchiveSink sink;

    DockerArchiveWriter(Store store, Platform platform, ArchiveSink sink) {
        this.store = store;
        this.platform = platform;
        this.sink = sink;
    }

    void write(List<ImageReference> names) throws IOException {
        SavedImages images = new SavedImages(store);
        List<Descriptor> roots = new ArrayList<>();
        Map<Digest, StoredImage> byManifest = new LinkedHashMap<>();
        Map<Digest, List<String>> tags = new LinkedHashMap<>();
        for (ImageReference name : names) {
            Descriptor root = images.add(name, Optional.of(platform));
            roots.add(OciLayoutWriter.named(root, name));
            byManifest.put(root.digest(), image(name, root));
            List<String> sameImage = tags.computeIfAbsent(root.digest(), _ -> new ArrayList<>());
            name.tag().ifPresent(tag -> sameImage.add(name.withTag(tag).familiar()));
        }
        List<Json> entries = new ArrayList<>();
        byManifest.forEach(
                (digest, image) ->
                        entries.add(describe(image, tags.getOrDefault(digest, List.of()))));
        sink.add("oci-layout", OciLayoutWriter.LAYOUT.getBytes(UTF_8));
        sink.addIndex(roots);
        sink.add("manifest.json", Json.array(entries).encode());
        for (Descriptor blob : images.blobs()) {
            sink.addBlob(store.blobs(), blob);
        }
        sink.finish();
    }

    private StoredImage image(ImageReference name, Descriptor root) throws IOException {
        StoredImage image = new ImageDocuments(store.blobs()).image(root, platform);
        for (Descriptor layer : image.manifest().value().layers()) {
            if (store.blobs().size(layer.digest()).isEmpty()) {
                throw new NoSuchFileException(
                        name.familiar(),
                        null,
                        "layer "
                                + layer.digest()
                                + " is not in the store, and a docker archive needs all; save it"
                                + " with --format oci");
            }
        }
        return image;
    }

    private static Json describe(StoredImage image, List<String> tags) {
        ImageManifest manifest = image.manifest().value();
        return Json.object()
                .put("Config", ArchiveSink.blobName(manifest.config()))
                .put("RepoTags", Json.strings(tags))
                .put(
                        "Layers",
                        Json.strings(
                                manifest.layers().stream().map(ArchiveSink::blobName).toList()))
                .build();
    }
}
