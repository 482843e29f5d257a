package dev.jbuild.store.layer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.SealedText;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The compressed forms in which a layer was written, by diffID: `layers/<algorithm>/<hex>`, a
/// small sealed JSON file each (see [SealedText]). A compressed digest can't be computed from a
/// diffID (it depends on the encoder), so this is how a layer that is here already is found.
/// Whether the blob itself is still in the blob store is not said here. Safe for use by several
/// threads and several processes; of two forms recorded at once, one may be lost, and is then
/// written again when it is needed.
public final class LayerIndex {
    private final Path directory;
    private final TempSpace temp;

    /// @param directory made with the first record
    /// @param temp on the same file system
    public LayerIndex(Path directory, TempSpace temp) {
        this.directory = directory;
        this.temp = temp;
    }

    /// All forms recorded, the newest first.
    public List<Layer> find(DiffId diffId) throws IOException {
        Path file = file(diffId);
        byte[] content;
        try {
            content = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return List.of();
        }
        try {
            return read(diffId, SealedText.open(content).orElse(content));
        } catch (InvalidJsonException | IllegalArgumentException e) {
            throw new IOException(
                    "'" + file + "' is damaged; remove it: the layer is then written again", e);
        }
    }

    /// The newest form with a compression.
    public Optional<Layer> find(DiffId diffId, Compression compression) throws IOException {
        return find(diffId).stream()
                .filter(layer -> Compression.of(layer.descriptor().mediaType()) == compression)
                .findFirst();
    }

    /// Records a form. A damaged record is replaced.
    public void put(Layer layer) throws IOException {
        List<Layer> forms = new ArrayList<>(readable(layer.diffId()));
        if (!forms.isEmpty() && forms.getFirst().equals(layer)) {
            return;
        }
        forms.removeIf(form -> form.descriptor().digest().equals(layer.descriptor().digest()));
        forms.addFirst(layer);
        replace(layer.diffId(), forms);
    }

    /// Records these forms and no others, the newest first.
    public void replace(DiffId diffId, List<Layer> forms) throws IOException {
        if (forms.isEmpty()) {
            remove(diffId);
        } else {
            Path file = file(diffId);
            DurableFiles.createDirectories(file.resolveSibling(""));
            DurableFiles.replace(file, temp.next("layer"), SealedText.seal(write(forms)));
        }
    }

    private List<Layer> readable(DiffId diffId) {
        try {
            return find(diffId);
        } catch (IOException damaged) {
            return List.of(); // it can be made again
        }
    }

    /// Forgets all forms of a layer.
    public void remove(DiffId diffId) throws IOException {
        Files.deleteIfExists(file(diffId));
    }

    /// The diffIDs recorded.
    public List<DiffId> list() throws IOException {
        List<DiffId> diffIds = new ArrayList<>();
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path files = directory.resolve(algorithm.token());
            if (Files.isDirectory(files)) {
                try (Stream<Path> names = Files.list(files)) {
                    names.map(file -> new Digest(algorithm, file.getFileName().toString()))
                            .map(DiffId::new)
                            .forEach(diffIds::add);
                }
            }
        }
        return diffIds;
    }

    private Path file(DiffId diffId) {
        Digest digest = diffId.digest();
        return directory.resolve(digest.algorithm().token()).resolve(digest.hex());
    }

    private static List<Layer> read(DiffId diffId, byte[] content) throws InvalidJsonException {
        List<Layer> forms = new ArrayList<>();
        for (JsonMembers form : JsonMembers.parse("layer record", content).objects("forms")) {
            Descriptor descriptor = OciJson.readDescriptor(form.requiredObject("descriptor"));
            forms.add(
                    new Layer(
                            descriptor,
                            diffId,
                            form.requiredNumber("uncompressedSize"),
                            form.requiredText("encoder")));
        }
        return forms;
    }

    private static byte[] write(List<Layer> forms) {
        List<Json> json = new ArrayList<>();
        for (Layer form : forms) {
            json.add(
                    Json.object()
                            .put("descriptor", OciJson.toJson(form.descriptor()))
                            .put("uncompressedSize", form.uncompressedSize())
                            .put("encoder", form.encoder())
                            .build());
        }
        return Json.object().put("forms", Json.array(json)).build().encode();
    }
}
