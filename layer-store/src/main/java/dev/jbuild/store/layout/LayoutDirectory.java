package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.ImageStore;
import dev.jbuild.store.ProcessLock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// An OCI image layout as a directory that images are added to. It is valid at every moment: blobs
/// come first, each renamed to its place once it is on disk, and `index.json` last. Who writes
/// holds a lock on `oci-layout`; what a killed writer left is removed by the next.
final class LayoutDirectory implements ArchiveSink, AutoCloseable {
    private static final String MARK = "oci-layout";
    private static final String INDEX = "index.json";

    private final Path directory;
    private final ProcessLock lock;
    private final List<Descriptor> roots = new ArrayList<>();

    private LayoutDirectory(Path directory, ProcessLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    /// Opens a layout, or makes one in a directory that is empty or not there.
    ///
    /// @throws FileAlreadyExistsException if something else is there
    static LayoutDirectory open(Path directory) throws IOException {
        if (Files.exists(directory) && !Files.isDirectory(directory)) {
            throw refused(directory, "a file; name a directory, or choose --format oci for a tar");
        }
        DurableFiles.createDirectories(directory);
        Path real = directory.toRealPath();
        if (!Files.exists(real.resolve(MARK))) {
            requireEmpty(real);
            create(real);
        }
        if (Files.exists(real.resolve("snapshots")) && Files.exists(real.resolve("cache"))) {
            throw refused(
                    directory, "a store of jbuild; load the image there (jbuild --root … load)");
        }
        requireVersion(real); // before the lock, which closing the file would give up
        ProcessLock lock = ProcessLock.acquire(real.resolve(MARK));
        try {
            PartialFile.sweepAll(real);
            return new LayoutDirectory(real, lock);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    @Override
    public void add(String name, byte[] content) throws IOException {
        if (!name.equals(MARK)) { // which is there
            replace(directory.resolve(name), content);
        }
    }

    @Override
    public void addIndex(List<Descriptor> added) {
        roots.addAll(added);
    }

    @Override
    public void addBlob(BlobStore blobs, Descriptor blob) throws IOException {
        Path target = directory.resolve(ArchiveSink.blobName(blob));
        if (Files.isRegularFile(target) && Files.size(target) == blob.size()) {
            return;
        }
        Path parent = target.resolveSibling("");
        if (!Files.isDirectory(parent)) {
            DurableFiles.createDirectories(parent);
        }
        MessageDigest hash = blob.digest().algorithm().newHash();
        try (FileChannel in = blobs.open(blob.digest());
                PartialFile partial = PartialFile.of(target)) {
            ByteBuffer buffer = ByteBuffer.allocate(1 << 17);
            while (in.read(buffer) >= 0) {
                hash.update(buffer.flip().duplicate());
                writeAll(partial.channel(), buffer);
                buffer.clear();
            }
            Digest actual = Digest.finish(blob.digest().algorithm(), hash);
            if (!actual.equals(blob.digest())) {
                throw new DigestMismatchException(blob.digest(), actual);
            }
            partial.complete();
        }
    }

    /// Lists the new images, in place of those that had their names.
    @Override
    public void finish() throws IOException {
        Path file = directory.resolve(INDEX);
        Json.Obj index =
                Files.exists(file)
                        ? read(file)
                        : (Json.Obj) OciJson.toJson(ImageIndex.of(List.of()));
        List<Json> entries = new ArrayList<>();
        for (Json entry : new JsonMembers(INDEX, index).array("manifests")) {
            if (roots.stream().noneMatch(root -> replaces(root, entry))) {
                entries.add(entry);
            }
        }
        roots.forEach(root -> entries.add(OciJson.toJson(root)));
        Map<String, Json> members = new LinkedHashMap<>(index.members());
        members.put("manifests", Json.array(entries));
        replace(file, new Json.Obj(members).encode());
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }

    /// The full name decides; an entry of a tool that writes the tag alone is taken by its tag.
    private static boolean replaces(Descriptor root, Json entry) {
        Map<String, String> old = annotations(entry);
        String key =
                old.containsKey(ImageStore.CONTAINERD_NAME)
                        ? ImageStore.CONTAINERD_NAME
                        : ImageStore.REF_NAME;
        return old.containsKey(key)
                && Optional.ofNullable(root.annotations().get(key))
                        .equals(Optional.ofNullable(old.get(key)));
    }

    private static Map<String, String> annotations(Json entry) {
        try {
            return JsonMembers.of(INDEX, entry).textMap("annotations");
        } catch (InvalidJsonException e) {
            return Map.of(); // another tool's affair: it stays as it is
        }
    }

    private static Json.Obj read(Path file) throws IOException {
        try {
            return JsonMembers.parse(INDEX, Files.readAllBytes(file)).object();
        } catch (InvalidJsonException e) {
            throw new InvalidArchiveException(file + ": " + e.getMessage(), e);
        }
    }

    /// Linked and not renamed to its place, so that of two who make it one wins, and both lock the
    /// same file.
    private static void create(Path directory) throws IOException {
        Path target = directory.resolve(MARK);
        try (PartialFile partial = PartialFile.of(target)) {
            writeAll(partial.channel(), ByteBuffer.wrap(OciLayoutWriter.LAYOUT.getBytes(UTF_8)));
            partial.channel().force(true);
            Files.createLink(target, partial.path());
            DurableFiles.syncDirectory(directory);
        } catch (FileAlreadyExistsException quicker) {
            return;
        }
    }

    private static void requireEmpty(Path directory) throws IOException {
        try (Stream<Path> children = Files.list(directory)) {
            boolean foreign = children.anyMatch(child -> !PartialFile.isPartial(child));
            if (foreign && !Files.exists(directory.resolve(MARK))) {
                throw refused(
                        directory,
                        "a directory that holds something else (it has no file 'oci-layout');"
                                + " choose an empty one");
            }
        }
    }

    private static void requireVersion(Path directory) throws IOException {
        OciLayoutReader.requireVersion(Files.readAllBytes(directory.resolve(MARK)));
    }

    private static void replace(Path target, byte[] content) throws IOException {
        try (PartialFile partial = PartialFile.of(target)) {
            writeAll(partial.channel(), ByteBuffer.wrap(content));
            partial.complete();
        }
    }

    private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
    }

    private static FileAlreadyExistsException refused(Path directory, String why) {
        return new FileAlreadyExistsException(directory.toString(), null, why);
    }
}
