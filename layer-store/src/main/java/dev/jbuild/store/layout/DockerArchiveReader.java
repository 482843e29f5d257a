package dev.jbuild.store.layout;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StagedBlobs;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerBlobs;
import dev.jbuild.store.layer.LayerOptions;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Takes the images of a docker archive into a store. The configuration stays byte for byte, and so
/// does the image's id; an uncompressed layer is compressed, a compressed one stays.
final class DockerArchiveReader {
    private final Store store;
    private final StagedBlobs blobs;
    private final Optional<ImageReference> chosenName;
    private final Set<Digest> needed = new LinkedHashSet<>();
    private final List<Layer> layerRecords = new ArrayList<>();

    DockerArchiveReader(Store store, StagedBlobs blobs, Optional<ImageReference> chosenName) {
        this.store = store;
        this.blobs = blobs;
        this.chosenName = chosenName;
    }

    List<NamedImage> register(TarContents contents, String source) throws IOException {
        try {
            List<JsonMembers> entries = entries(contents);
            List<NamedImage> images = new ArrayList<>();
            for (JsonMembers entry : entries) {
                List<ImageReference> names = names(entry, entries.size());
                Descriptor manifest = image(entry, contents);
                names.forEach(name -> images.add(new NamedImage(name, manifest)));
            }
            blobs.publish(needed);
            for (Layer layer : layerRecords) {
                store.layers().put(layer);
            }
            for (NamedImage image : images) {
                store.images().put(image.name(), image.descriptor());
            }
            return images;
        } catch (InvalidJsonException | InvalidArchiveException | InvalidReferenceException e) {
            throw new InvalidArchiveException(source + ": " + e.getMessage(), e);
        }
    }

    private static List<JsonMembers> entries(TarContents contents) throws IOException {
        Json json = Json.parse(contents.find("manifest.json").orElseThrow());
        if (!(json instanceof Json.Arr array) || array.items().isEmpty()) {
            throw new InvalidArchiveException("'manifest.json' lists no image");
        }
        List<JsonMembers> entries = new ArrayList<>();
        for (Json item : array.items()) {
            entries.add(JsonMembers.of("manifest.json[" + entries.size() + "]", item));
        }
        return entries;
    }

    private List<ImageReference> names(JsonMembers entry, int images) throws IOException {
        if (chosenName.isPresent()) {
            if (images > 1) {
                throw new InvalidArchiveException(
                        "it has "
                                + images
                                + " images, so one name can't be given; load it without one");
            }
            return List.of(chosenName.get());
        }
        List<ImageReference> names =
                entry.texts("RepoTags").stream().map(ImageReference::parse).toList();
        if (names.isEmpty()) {
            throw new InvalidArchiveException(
                    "image "
                            + entry.requiredText("Config")
                            + " has no name in it; give one when loading (-t NAME)");
        }
        return names;
    }

    private Descriptor image(JsonMembers entry, TarContents contents) throws IOException {
        byte[] bytes = read(contents, entry.requiredText("Config"));
        ImageConfig config = ImageConfigJson.read(bytes);
        List<String> files = entry.texts("Layers");
        if (files.size() != config.diffIds().size()) {
            throw new InvalidArchiveException(
                    "'manifest.json' lists "
                            + files.size()
                            + " layers, '"
                            + entry.requiredText("Config")
                            + "' "
                            + config.diffIds().size());
        }
        List<Descriptor> layers = new ArrayList<>();
        for (int i = 0; i < files.size(); i++) {
            layers.add(layer(contents, files.get(i), config.diffIds().get(i)));
        }
        needed.add(blobs.write(bytes));
        Encoded<ImageManifest> manifest =
                OciJson.encode(
                        ImageManifest.of(Descriptor.of(MediaType.OCI_CONFIG, bytes), layers));
        needed.add(blobs.write(manifest.bytes()));
        return manifest.descriptor();
    }

    private Descriptor layer(TarContents contents, String file, DiffId expected)
            throws IOException {
        Layer layer;
        try (InputStream in = new BufferedInputStream(open(contents, file))) {
            Optional<Compression> compression = compression(in);
            layer =
                    compression.isPresent()
                            ? keep(in, compression.get())
                            : LayerBlobs.compress(blobs, LayerOptions.DEFAULT, in);
        } catch (IOException e) {
            throw InvalidArchiveException.isMeant(e)
                    ? new InvalidArchiveException("layer '" + file + "': " + e.getMessage(), e)
                    : e;
        }
        if (!layer.diffId().equals(expected)) {
            throw new InvalidArchiveException(
                    "layer '"
                            + file
                            + "' has the diffID "
                            + layer.diffId()
                            + ", but the configuration says "
                            + expected
                            + ": it was damaged or tampered with");
        }
        layerRecords.add(layer);
        needed.add(layer.descriptor().digest());
        return layer.descriptor();
    }

    private Layer keep(InputStream in, Compression compression) throws IOException {
        Digest digest;
        long size;
        try (BlobWriter writer = blobs.create()) {
            byte[] buffer = new byte[1 << 17];
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                writer.write(ByteBuffer.wrap(buffer, 0, count));
            }
            size = writer.size();
            digest = writer.commit();
        }
        return LayerBlobs.examine(blobs, new Descriptor(compression.mediaType(), digest, size));
    }

    private static Optional<Compression> compression(InputStream in) throws IOException {
        in.mark(4);
        byte[] begin = in.readNBytes(4);
        in.reset();
        return Compression.detect(begin);
    }

    private static InputStream open(TarContents contents, String name) throws IOException {
        return contents.open(name)
                .orElseThrow(() -> new InvalidArchiveException("'" + name + "' is missing in it"));
    }

    private static byte[] read(TarContents contents, String name) throws IOException {
        return contents.find(name)
                .orElseThrow(() -> new InvalidArchiveException("'" + name + "' is missing in it"));
    }
}
