package dev.jbuild.builder.solve;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.KnownTree;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.SealedText;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/// What the entries of stacks of layers tell, by chainID: `cache/trees/sha256-HEX`, so that a later
/// build doesn't decompress a base image again to know what is in it. Can always be made again: a
/// file that is damaged, or of another version, is none. Safe for use by several threads and
/// processes.
///
/// A file's mtime is when it was last used, to within [DirectoryBlobStore#RENEWAL].
public final class TreeCache {
    /// Changes with the format, and with what [KnownTree] makes of layers.
    private static final int VERSION = 1;

    private static final int MAGIC = 0x6a627472; // jbtr

    private final Path directory;
    private final DirectoryBlobStore blobs;

    /// @param bytes on disk
    public record Entry(ChainId id, Instant lastUsed, long bytes) {}

    /// Of a store; its directory is made when the first tree is written.
    public TreeCache(Store store) {
        this.directory = store.cacheDirectory().resolve("trees");
        this.blobs = store.blobs();
    }

    /// The tree of that stack, or empty if there is none that can be used.
    public Optional<KnownTree> find(ChainId id) throws IOException {
        Path file = file(id);
        Optional<KnownTree> tree = read(file, id);
        if (tree.isPresent()) {
            renew(file);
        }
        return tree;
    }

    public void put(ChainId id, KnownTree tree) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (var out = new DataOutputStream(new DeflaterOutputStream(bytes, deflater, 1 << 16))) {
            out.writeInt(MAGIC);
            out.writeInt(VERSION);
            out.writeUTF(id.toString());
            tree.write(out);
        } finally {
            deflater.end();
        }
        DurableFiles.createDirectories(directory);
        DurableFiles.replace(
                file(id), blobs.temp().next("tree"), SealedText.seal(bytes.toByteArray()));
    }

    /// All that are here, whether they can be read or not.
    public List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path file : files()) {
            Optional<ChainId> id = id(file);
            if (id.isPresent()) {
                var stat = Files.readAttributes(file, BasicFileAttributes.class);
                entries.add(new Entry(id.get(), stat.lastModifiedTime().toInstant(), stat.size()));
            }
        }
        return entries;
    }

    /// Forgets a tree, unless it was used since.
    ///
    /// @return false if it stays, or is gone already
    public boolean remove(ChainId id, Instant unusedSince) throws IOException {
        Path file = file(id);
        return Files.exists(file)
                && !Files.getLastModifiedTime(file).toInstant().isAfter(unusedSince)
                && Files.deleteIfExists(file);
    }

    /// The files that are no trees, and the trees that are damaged.
    public List<StepCache.Damage> check() throws IOException {
        List<StepCache.Damage> damages = new ArrayList<>();
        for (Path file : files()) {
            Optional<ChainId> id = id(file);
            if (id.isEmpty()) {
                damages.add(new StepCache.Damage(file, "is not the name of a tree of files"));
            } else if (read(file, id.get()).isEmpty() && Files.exists(file)) {
                damages.add(new StepCache.Damage(file, "its content is damaged"));
            }
        }
        return damages;
    }

    private static Optional<KnownTree> read(Path file, ChainId id) throws IOException {
        byte[] sealed;
        try {
            sealed = Files.readAllBytes(file);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        Optional<byte[]> content = SealedText.open(sealed);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (var in =
                new DataInputStream(
                        new InflaterInputStream(new ByteArrayInputStream(content.get())))) {
            return in.readInt() == MAGIC
                            && in.readInt() == VERSION
                            && in.readUTF().equals(id.toString())
                    ? Optional.of(KnownTree.read(in))
                    : Optional.empty();
        } catch (IOException damaged) {
            return Optional.empty(); // nothing is read from disk any more: the bytes are wrong
        }
    }

    /// Not synced: it may well be forgotten when the machine stops.
    private static void renew(Path file) throws IOException {
        Instant now = Instant.now();
        try {
            if (Files.getLastModifiedTime(file)
                    .toInstant()
                    .isBefore(now.minus(DirectoryBlobStore.RENEWAL))) {
                Files.setLastModifiedTime(file, FileTime.from(now));
            }
        } catch (NoSuchFileException removed) {
            return; // by another process; it has been read
        }
    }

    private List<Path> files() throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    private Path file(ChainId id) {
        return directory.resolve(id.toString().replace(':', '-'));
    }

    private Optional<ChainId> id(Path file) {
        try {
            ChainId id = ChainId.parse(file.getFileName().toString().replaceFirst("-", ":"));
            return file.equals(file(id)) ? Optional.of(id) : Optional.empty();
        } catch (IllegalArgumentException other) {
            return Optional.empty();
        }
    }
}
