package dev.jbuild.builder.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerBlobs;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Makes images of given entries.
final class Images {
    static final Metadata PLAIN = new Metadata(0644, 0, 0, Instant.ofEpochSecond(1));

    private final Store store;

    Images(Store store) {
        this.store = store;
    }

    /// A tar whose entries stand in the order they are added.
    static final class Tar {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final TarWriter writer = new TarWriter(bytes);

        Tar add(TarEntry entry) throws IOException {
            writer.add(entry);
            return this;
        }

        Tar file(String path, String content) throws IOException {
            return file(path, PLAIN, content.getBytes(UTF_8));
        }

        Tar file(String path, Metadata metadata, byte[] content) throws IOException {
            writer.add(
                    new TarEntry.RegularFile(EntryPath.of(path), metadata, content.length),
                    new ByteArrayInputStream(content));
            return this;
        }

        byte[] finish() throws IOException {
            writer.finish();
            return bytes.toByteArray();
        }
    }

    Layer layer(byte[] tar, LayerOptions options) throws IOException {
        Layer layer = LayerBlobs.compress(store.blobs(), options, new ByteArrayInputStream(tar));
        store.layers().put(layer);
        return layer;
    }

    LayerBlob blob(byte[] tar) throws IOException {
        Layer layer = layer(tar, LayerOptions.DEFAULT);
        return new LayerBlob(store.blobs(), layer.descriptor(), layer.diffId());
    }

    ComparedImage image(byte[]... tars) throws IOException {
        List<Layer> layers = new ArrayList<>();
        for (byte[] tar : tars) {
            layers.add(layer(tar, LayerOptions.DEFAULT));
        }
        return image(ContainerConfig.EMPTY, layers);
    }

    ComparedImage image(ContainerConfig container, List<Layer> layers) throws IOException {
        ImageConfig config =
                new ImageConfig(
                        Optional.empty(),
                        Optional.empty(),
                        Platform.host(),
                        container,
                        layers.stream().map(Layer::diffId).toList(),
                        List.of());
        return image(
                ImageConfigJson.encode(config).bytes(),
                layers.stream().map(Layer::descriptor).toList());
    }

    ComparedImage image(byte[] config, List<Descriptor> layers) throws IOException {
        Descriptor configuration = Descriptor.of(MediaType.OCI_CONFIG, config);
        store.blobs().write(config);
        Encoded<ImageManifest> manifest = OciJson.encode(ImageManifest.of(configuration, layers));
        store.blobs().write(manifest.bytes());
        return new ComparedImage(
                "test",
                store,
                new ImageDocuments(store.blobs()).image(manifest.descriptor(), Platform.host()));
    }
}
