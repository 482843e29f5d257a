package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes images as an OCI image layout. The bytes depend on the images and their names alone.
final class OciLayoutWriter {
    static final String LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";

    private final Store store;
    private final Optional<Platform> platform;
    private final ArchiveSink sink;

    OciLayoutWriter(Store store, Optional<Platform> platform, ArchiveSink sink) {
        this.store = store;
        this.platform = platform;
        this.sink = sink;
    }

    void write(List<ImageReference> names) throws IOException {
        SavedImages images = new SavedImages(store);
        List<Descriptor> roots = new ArrayList<>();
        for (ImageReference name : names) {
            roots.add(named(images.add(name, platform), name));
        }
        sink.add("oci-layout", LAYOUT.getBytes(UTF_8));
        sink.addIndex(roots);
        for (Descriptor blob : images.blobs()) {
            sink.addBlob(store.blobs(), blob);
        }
        sink.finish();
    }

    /// As docker and containerd write it: the tag alone, and the full name.
    static Descriptor named(Descriptor root, ImageReference name) {
        Map<String, String> annotations = new LinkedHashMap<>(root.annotations());
        annotations.put(ImageStore.REF_NAME, name.identifier());
        annotations.put(ImageStore.CONTAINERD_NAME, name.toString());
        return root.withAnnotations(annotations);
    }
}
