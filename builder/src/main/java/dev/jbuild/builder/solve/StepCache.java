package dev.jbuild.builder.solve;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.layer.Layer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Results of steps by [CacheKey], a small file each. A record whose layer is gone from the blob
/// store is none. Safe for use by several threads and processes: a record is written in whole or
/// not at all, and two results of one key are both right.
public final class StepCache {
    private final Path directory;
    private final BlobStore blobs;

    /// @param directory made when the first record is written
    public StepCache(Path directory, BlobStore blobs) {
        this.directory = directory;
        this.blobs = blobs;
    }

    /// The record of that key, or empty if there is none that can be used.
    public Optional<StepRecord> find(CacheKey key) throws IOException {
        Optional<StepRecord> record = read(file(key));
        if (record.isPresent()) {
            Optional<Layer> layer = record.get().layer();
            if (layer.isPresent() && blobs.size(layer.get().descriptor().digest()).isEmpty()) {
                return Optional.empty();
            }
        }
        return record;
    }

    public void put(CacheKey key, StepRecord record) throws IOException {
        Path target = file(key);
        Files.createDirectories(target.getParent());
        Path temp = Files.createTempFile(target.getParent(), ".step", ".tmp");
        try {
            try (FileChannel out = FileChannel.open(temp, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(toJson(record).encode());
                while (bytes.hasRemaining()) {
                    out.write(bytes);
                }
                out.force(true);
            }
            Files.move(temp, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temp);
        }
    }

    /// The layers of all records: what the cache keeps alive.
    public List<Descriptor> layers() throws IOException {
        List<Descriptor> layers = new ArrayList<>();
        for (Path file : files()) {
            read(file)
                    .flatMap(StepRecord::layer)
                    .ifPresent(layer -> layers.add(layer.descriptor()));
        }
        return layers;
    }

    /// Forgets everything.
    ///
    /// @return the number of records
    public int clear() throws IOException {
        List<Path> files = files();
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
        return files.size();
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(directory)) {
            all.filter(Files::isRegularFile).forEach(files::add);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return files;
    }

    private Path file(CacheKey key) {
        String hex = key.digest().hex();
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2));
    }

    private static Optional<StepRecord> read(Path file) throws IOException {
        try {
            return Optional.of(
                    fromJson(JsonMembers.parse("step record", Files.readAllBytes(file))));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (InvalidJsonException | IllegalArgumentException | DateTimeException e) {
            // A record can always be made again, so a damaged one counts as none and is
            // overwritten.
            return Optional.empty();
        }
    }

    private static Json toJson(StepRecord record) {
        Json.ObjectWriter json = Json.object().put("epoch", record.epoch().toString());
        record.layer()
                .ifPresent(
                        layer ->
                                json.put("layer", OciJson.toJson(layer.descriptor()))
                                        .put("diffId", layer.diffId().toString())
                                        .put("uncompressedSize", layer.uncompressedSize())
                                        .put("encoder", layer.encoder()));
        return json.build();
    }

    private static StepRecord fromJson(JsonMembers json) throws InvalidJsonException {
        Instant epoch = Instant.parse(json.requiredText("epoch"));
        Optional<JsonMembers> descriptor = json.object("layer");
        if (descriptor.isEmpty()) {
            return new StepRecord(Optional.empty(), epoch);
        }
        Layer layer =
                new Layer(
                        OciJson.readDescriptor(descriptor.get()),
                        DiffId.parse(json.requiredText("diffId")),
                        json.requiredNumber("uncompressedSize"),
                        json.requiredText("encoder"));
        return new StepRecord(Optional.of(layer), epoch);
    }
}
