package dev.jbuild.store.check;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.ProcessLock;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerBlobs;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Mends what a [StoreCheck] found, as far as the store itself has what is needed. Damaged blobs
/// are put aside in `quarantine/`, not removed: someone may want to rescue a file from them.
///
/// @param store the caller's own
public record StoreRepair(Store store) {

    /// @return what was done, or empty if nothing can be done here
    public Optional<String> mend(Damage damage) throws IOException {
        return switch (damage) {
            case Damage.BadBlob bad -> putAside(bad.digest());
            case Damage.MissingBlob missing -> fromOtherForm(missing);
            case Damage.Mismatch _ -> Optional.empty();
            case Damage.BadIndex bad -> Optional.of(restoreNames(bad.file()));
            case Damage.BadLayout _ -> {
                store.writeMark();
                yield Optional.of("written again");
            }
            case Damage.BadLayerRecord bad -> Optional.of(mendRecord(bad));
            case Damage.Stray stray -> putAside(stray.file());
        };
    }

    /// A good one may have taken its place meanwhile.
    private Optional<String> putAside(Digest digest) throws IOException {
        try (ProcessLock _ = store.blobs().lock()) {
            boolean damaged =
                    Files.exists(store.blobs().path(digest))
                            && new BlobReading(store.blobs()).read(digest)
                                    instanceof BlobState.Damaged;
            return damaged ? putAside(store.blobs().path(digest)) : Optional.of("sound again");
        }
    }

    private Optional<String> putAside(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        DurableFiles.createDirectories(store.quarantineDirectory());
        DurableFiles.rename(file, store.quarantineDirectory().resolve(file.getFileName()));
        return Optional.of("put aside in '" + store.quarantineDirectory() + "'");
    }

    private String restoreNames(Path file) throws IOException {
        putAside(file);
        List<NamedImage> images = store.images().restore();
        return "restored: "
                + (images.isEmpty()
                        ? "no image is left"
                        : String.join(
                                ", ",
                                images.stream().map(image -> image.name().familiar()).toList()));
    }

    /// The same layer compressed otherwise gives the same blob again, if the encoder is the one
    /// that made it.
    private Optional<String> fromOtherForm(Damage.MissingBlob missing) throws IOException {
        if (missing.diffId().isEmpty()) {
            return Optional.empty();
        }
        BlobStore blobs = store.blobs();
        Compression compression = Compression.of(missing.part().mediaType());
        for (Layer form : forms(missing.diffId().get())) {
            if (!Files.exists(store.blobs().path(form.descriptor().digest()))) {
                continue;
            }
            try (InputStream tar = LayerBlobs.uncompressed(blobs, form.descriptor())) {
                Layer made = LayerBlobs.compress(blobs, LayerOptions.of(compression), tar);
                if (made.descriptor().digest().equals(missing.part().digest())) {
                    return Optional.of("made again from blob " + form.descriptor().digest());
                }
            } catch (IOException damaged) {
                // that form, of which is told on its own; another may do
            }
        }
        return Optional.empty();
    }

    private List<Layer> forms(DiffId diffId) {
        try {
            return store.layers().find(diffId);
        } catch (IOException damaged) {
            return List.of(); // told of on its own
        }
    }

    /// What is known of the layer from the blobs that are here stays.
    private String mendRecord(Damage.BadLayerRecord bad) throws IOException {
        DiffId diffId = bad.diffId().orElseThrow();
        List<Layer> right = new ArrayList<>();
        BlobReading reading = new BlobReading(store.blobs());
        for (Layer form : forms(diffId)) {
            Digest blob = form.descriptor().digest();
            if (Files.exists(store.blobs().path(blob))
                    && reading.read(blob) instanceof BlobState.Sound sound
                    && sound.layer() instanceof BlobState.Content.Uncompressed content
                    && sound.bytes() == form.descriptor().size()
                    && content.diffId().equals(diffId)
                    && content.bytes() == form.uncompressedSize()) {
                right.add(form);
            }
        }
        store.layers().replace(diffId, right);
        return right.isEmpty() ? "removed: it is made again when it is needed" : "corrected";
    }
}
