package dev.jbuild.store.check;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Compares the records of layers' forms with the blobs. A form whose blob is gone is none, and no
/// damage; nor is one whose blob is damaged, of which is told elsewhere.
record LayerRecordCheck(Store store, Map<Digest, BlobState> states) {

    void run(List<Damage> damages) throws IOException {
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = store.root().resolve("layers").resolve(algorithm.token());
            for (Path file : StoreCheck.entries(directory)) {
                check(file, algorithm).ifPresent(damages::add);
            }
        }
    }

    private Optional<Damage> check(Path file, DigestAlgorithm algorithm) {
        DiffId diffId;
        try {
            diffId = new DiffId(new Digest(algorithm, file.getFileName().toString()));
        } catch (IllegalArgumentException e) {
            return Optional.of(new Damage.Stray(file, "is not the name of a layer record"));
        }
        try {
            for (Layer form : store.layers().find(diffId)) {
                Optional<String> wrong = wrong(form);
                if (wrong.isPresent()) {
                    return Optional.of(
                            new Damage.BadLayerRecord(file, Optional.of(diffId), wrong.get()));
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(
                    new Damage.BadLayerRecord(file, Optional.of(diffId), "it can't be read"));
        }
    }

    private Optional<String> wrong(Layer form) {
        Digest blob = form.descriptor().digest();
        if (!(states.get(blob) instanceof BlobState.Sound sound)) {
            return Optional.empty();
        }
        if (sound.bytes() != form.descriptor().size()) {
            return Optional.of(
                    "blob "
                            + blob
                            + " has "
                            + sound.bytes()
                            + " bytes, the record says "
                            + form.descriptor().size());
        }
        return switch (sound.layer()) {
            case BlobState.Content.Unreadable unreadable ->
                    Optional.of("blob " + blob + " can't be uncompressed: " + unreadable.what());
            case BlobState.Content.Uncompressed content ->
                    content.diffId().equals(form.diffId())
                                    && content.bytes() == form.uncompressedSize()
                            ? Optional.empty()
                            : Optional.of(
                                    "blob "
                                            + blob
                                            + " is another layer: diffID "
                                            + content.diffId()
                                            + ", "
                                            + content.bytes()
                                            + " bytes uncompressed");
        };
    }
}
