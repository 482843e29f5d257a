package dev.jbuild.builder.solve;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.SealedText;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Results of steps by [CacheKey], a small file each: a line of JSON and a line with its CRC-32. A
/// record whose layer is gone from the blob store is none. Safe for use by several threads and
/// processes: a record is written in whole or not at all, and two results of one key are both
/// right.
///
/// A record's mtime is when it was last used, to within [DirectoryBlobStore#RENEWAL].
public final class StepCache {
    private static final Pattern KEY =
            Pattern.compile("([0-9a-f]{2}/[0-9a-f]{62})(-[0-9a-f]{64})?");

    private final Path directory;
    private final DirectoryBlobStore blobs;

    /// A result as it is kept.
    ///
    /// @param bytes of the record; the layer is not counted
    public record Entry(CacheKey key, StepRecord record, Instant lastUsed, long bytes) {}

    /// A file that is no usable record.
    public record Damage(Path file, String what) {}

    /// The cache of a store; its directory is made when the first record is written.
    public StepCache(Store store) {
        this.directory = store.cacheDirectory().resolve("steps");
        this.blobs = store.blobs();
    }

    /// The record of that key, or empty if there is none that can be used.
    public Optional<StepRecord> find(CacheKey key) throws IOException {
        Path file = file(key);
        Optional<StepRecord> record = read(file);
        if (record.isEmpty() || !hasLayer(record.get())) {
            return Optional.empty();
        }
        renew(file);
        return record;
    }

    /// Whether there may be a result of this [CacheKey#place].
    public boolean isTried(Digest place) throws IOException {
        Path first = file(new CacheKey(place));
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(first.resolveSibling(""), first.getFileName() + "-*")) {
            return found.iterator().hasNext();
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    public void put(CacheKey key, StepRecord record) throws IOException {
        Path target = file(key);
        DurableFiles.createDirectories(target.resolveSibling(""));
        DurableFiles.replace(target, blobs.temp().next("step"), encode(record));
    }

    /// All records that can be read, whether their layers are here or not.
    public List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path file : files()) {
            Optional<CacheKey> key = key(file);
            Optional<StepRecord> record = key.isEmpty() ? Optional.empty() : read(file);
            if (record.isPresent()) {
                BasicFileAttributes stat = Files.readAttributes(file, BasicFileAttributes.class);
                entries.add(
                        new Entry(
                                key.orElseThrow(),
                                record.get(),
                                stat.lastModifiedTime().toInstant(),
                                stat.size()));
            }
        }
        return entries;
    }

    /// The layers of all records: what the cache keeps alive.
    public List<Descriptor> layers() throws IOException {
        return entries().stream()
                .flatMap(entry -> entry.record().layer().stream())
                .map(Layer::descriptor)
                .toList();
    }

    /// Forgets a result, unless it was used since.
    ///
    /// @return false if it stays, or is gone already
    public boolean remove(CacheKey key, Instant unusedSince) throws IOException {
        Path file = file(key);
        return Files.exists(file)
                && !Files.getLastModifiedTime(file).toInstant().isAfter(unusedSince)
                && Files.deleteIfExists(file);
    }

    /// Removes a file that [#check] found, which helps nobody.
    public void remove(Damage damage) throws IOException {
        Files.deleteIfExists(damage.file());
    }

    /// The files that are no records, and the records that are damaged or whose layer is gone.
    public List<Damage> check() throws IOException {
        List<Damage> damages = new ArrayList<>();
        for (Path file : files()) {
            if (key(file).isEmpty()) {
                damages.add(new Damage(file, "is not the name of a cache record"));
                continue;
            }
            Optional<StepRecord> record = read(file);
            if (record.isPresent()) {
                record.flatMap(StepRecord::layer)
                        .map(layer -> layer.descriptor().digest())
                        .filter(layer -> !Files.exists(blobs.path(layer)))
                        .map(layer -> new Damage(file, "its layer " + layer + " is gone"))
                        .ifPresent(damages::add);
            } else if (Files.exists(file)) {
                damages.add(new Damage(file, "its content is damaged"));
            }
        }
        return damages;
    }

    private boolean hasLayer(StepRecord record) throws IOException {
        Optional<Layer> layer = record.layer();
        return layer.isEmpty() || blobs.size(layer.get().descriptor().digest()).isPresent();
    }

    /// Not synced: it may well be forgotten when the machine stops.
    private static void renew(Path file) throws IOException {
        Instant now = Instant.now();
        Instant due = now.minus(DirectoryBlobStore.RENEWAL);
        try {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(due)) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
        } catch (NoSuchFileException removed) {
            return; // by another process; the layer it found stays while it lives
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile).sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private Path file(CacheKey key) {
        String hex = key.place().orElse(key.digest()).hex();
        String rest = key.place().isPresent() ? "-" + key.digest().hex() : "";
        return directory.resolve(hex.substring(0, 2)).resolve(hex.substring(2) + rest);
    }

    private Optional<CacheKey> key(Path file) {
        Matcher name = KEY.matcher(directory.relativize(file).toString());
        if (!name.matches()) {
            return Optional.empty();
        }
        Digest first = new Digest(DigestAlgorithm.SHA256, name.group(1).replace("/", ""));
        return Optional.of(
                name.group(2) == null
                        ? new CacheKey(first)
                        : new CacheKey(
                                new Digest(DigestAlgorithm.SHA256, name.group(2).substring(1)),
                                Optional.of(first)));
    }

    /// A record can always be made again, so a damaged one counts as none and is overwritten.
    private static Optional<StepRecord> read(Path file) throws IOException {
        try {
            byte[] content = Files.readAllBytes(file);
            byte[] json = SealedText.open(content).orElse(content);
            return Optional.of(fromJson(JsonMembers.parse("step record", json)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (InvalidJsonException | IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static byte[] encode(StepRecord record) {
        return SealedText.seal(toJson(record).encode());
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
