package dev.jbuild.builder.compare;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.History;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// One of the images that are compared, and the store it is in.
///
/// @param name as the user called it
/// @param store stays the caller's to close
public record ComparedImage(String name, Store store, StoredImage image) {

    public Digest digest() {
        return image.manifest().descriptor().digest();
    }

    List<Descriptor> layers() throws IOException {
        List<Descriptor> layers = image.manifest().value().layers();
        int diffIds = image.config().diffIds().size();
        if (layers.size() != diffIds) {
            throw new IOException(
                    "image "
                            + name
                            + ": its manifest has "
                            + layers.size()
                            + " layers, its configuration "
                            + diffIds
                            + " diffIDs; no builder makes such an image");
        }
        return layers;
    }

    DiffId diffId(int layer) {
        return image.config().diffIds().get(layer);
    }

    LayerBlob blob(int layer) {
        return new LayerBlob(
                store.blobs(), image.manifest().value().layers().get(layer), diffId(layer));
    }

    /// What made a layer, as the history has it; empty if the history doesn't fit the layers.
    Optional<String> createdBy(int layer) {
        List<History> makers =
                image.config().history().stream().filter(entry -> !entry.emptyLayer()).toList();
        return makers.size() == image.config().diffIds().size()
                ? makers.get(layer).createdBy()
                : Optional.empty();
    }

    /// What compressed a layer: the encoder if it was recorded, else what the media type says.
    String encoder(int layer) throws IOException {
        Descriptor blob = image.manifest().value().layers().get(layer);
        return store.layers().find(diffId(layer)).stream()
                .filter(form -> form.descriptor().digest().equals(blob.digest()))
                .map(Layer::encoder)
                .filter(encoder -> !encoder.equals("unknown"))
                .findFirst()
                .orElseGet(
                        () ->
                                Compression.of(blob.mediaType()).name().toLowerCase(Locale.ROOT)
                                        + " by an unknown encoder");
    }
}
