package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Blobs in the directory of an OCI image layout: `blobs/<algorithm>/<hex>`, with temporary files
/// in `tmp/` beside (see [TempSpace]).
///
/// A blob's mtime is when it was last used: [#size] and a commit of content that is here already
/// renew it, at most every [#RENEWAL]. The garbage collector goes by it.
public final class DirectoryBlobStore implements BlobStore, AutoCloseable {
    /// How old the time of last use may become before a use renews it.
    public static final Duration RENEWAL = Duration.ofMinutes(10);

    static final String TEMP = "tmp";
    static final String LOCK = "lock";

    private final Path root;
    private final TempSpace temp;

    /// Opens the store in a directory, which is made if need be, with a temporary space of its own.
    ///
    /// @throws StoreException if the directory can't be written
    public DirectoryBlobStore(Path layoutRoot) throws IOException {
        this(layoutRoot, openTemp(layoutRoot));
    }

    private DirectoryBlobStore(Path root, TempSpace temp) {
        this.root = root;
        this.temp = temp;
    }

    private static TempSpace openTemp(Path root) throws IOException {
        try {
            return TempSpace.open(root.resolve(TEMP));
        } catch (IOException e) {
            throw StoreException.explain(root, e);
        }
    }

    /// The directory of the layout.
    public Path root() {
        return root;
    }

    /// Temporary files on the file system of the blobs; closed with the store.
    public TempSpace temp() {
        return temp;
    }

    /// Where a blob is, or would be.
    public Path path(Digest digest) {
        return root.resolve("blobs").resolve(digest.algorithm().token()).resolve(digest.hex());
    }

    @Override
    public OptionalLong size(Digest digest) throws IOException {
        Optional<BasicFileAttributes> blob = attributes(digest);
        if (blob.isEmpty() || !isDue(blob.get())) {
            return blob.map(file -> OptionalLong.of(file.size())).orElseGet(OptionalLong::empty);
        }
        return renew(digest, blob.get().size());
    }

    @Override
    public FileChannel open(Digest digest) throws IOException {
        try {
            return FileChannel.open(path(digest), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            NoSuchFileException missing =
                    new NoSuchFileException(
                            digest.toString(), null, "no such blob in the store '" + root + "'");
            missing.initCause(e);
            throw missing;
        }
    }

    /// Begins a new blob, hashed as it is written by SHA-256. Committed under a digest of another
    /// algorithm, it is read once more.
    @Override
    public BlobWriter create() throws IOException {
        return create(DigestAlgorithm.SHA256);
    }

    /// Begins a new blob that will be committed under a digest of a known algorithm.
    public BlobWriter create(DigestAlgorithm algorithm) throws IOException {
        return create(algorithm, this::publish);
    }

    BlobWriter create(DigestAlgorithm algorithm, FileBlobWriter.Publication publication)
            throws IOException {
        try {
            return new FileBlobWriter(this, temp.next("blob"), algorithm, publication);
        } catch (IOException e) {
            throw StoreException.explain(root, e);
        }
    }

    /// Makes a verified temporary file a blob: content synced, renamed, directory synced. One that
    /// is there is kept, unless it is damaged.
    void publish(FileChannel channel, Path file, Digest digest) throws IOException {
        Path target = path(digest);
        Path directory = target.resolveSibling("");
        try {
            // Also renews the time of last use, so that no collector takes it from under the
            // caller.
            if (size(digest).orElse(-1) == channel.size() && Files.mismatch(target, file) < 0) {
                DurableFiles.syncDirectory(directory); // whoever wrote it may not have come so far
                return;
            }
            channel.force(true);
            DurableFiles.createDirectories(directory);
            DurableFiles.rename(file, target);
        } catch (IOException e) {
            throw StoreException.explain(root, e);
        }
    }

    @Override
    public void delete(Digest digest) throws IOException {
        Files.deleteIfExists(path(digest));
    }

    @Override
    public Stream<Digest> list() throws IOException {
        List<Digest> digests = new ArrayList<>();
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = root.resolve("blobs").resolve(algorithm.token());
            if (Files.isDirectory(directory)) {
                addAll(directory, algorithm, digests);
            }
        }
        return digests.stream();
    }

    /// Makes the names of all blobs permanent that are here: a process that was killed may have
    /// left one that it had not synced yet, and whoever finds it takes it as it is.
    void syncNames() throws IOException {
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = root.resolve("blobs").resolve(algorithm.token());
            if (Files.isDirectory(directory)) {
                DurableFiles.syncDirectory(directory);
            }
        }
        DurableFiles.syncDirectory(root.resolve("blobs"));
    }

    private static void addAll(Path directory, DigestAlgorithm algorithm, List<Digest> digests)
            throws IOException {
        Pattern hex = Pattern.compile("[0-9a-f]{" + algorithm.hexLength() + "}");
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                if (hex.matcher(name).matches()) {
                    digests.add(new Digest(algorithm, name));
                }
            }
        }
    }

    /// When a blob was last used, to within [#RENEWAL]; empty if it isn't here.
    Optional<Instant> lastUsed(Digest digest) throws IOException {
        return attributes(digest).map(file -> file.lastModifiedTime().toInstant());
    }

    /// What a blob occupies, without renewing anything.
    long sizeUntouched(Digest digest) throws IOException {
        return attributes(digest).map(BasicFileAttributes::size).orElse(0L);
    }

    /// A blob's file.
    ///
    /// @param lastUsed to within [#RENEWAL]
    public record Stored(Digest digest, long size, Instant lastUsed) {}

    /// All blobs as they are, their times of last use left alone.
    public List<Stored> stored() throws IOException {
        List<Stored> all = new ArrayList<>();
        for (Digest digest : list().toList()) {
            attributes(digest)
                    .map(f -> new Stored(digest, f.size(), f.lastModifiedTime().toInstant()))
                    .ifPresent(all::add);
        }
        return all;
    }

    /// Keeps new openers out for the removal of what nobody uses.
    public EntryHold holdEntry() throws IOException {
        return EntryHold.take(temp);
    }

    /// Held while blobs are renewed or removed for age, and while names change. Nothing that takes
    /// it too may be called meanwhile: [#size], commits, changes of names.
    public ProcessLock lock() throws IOException {
        return ProcessLock.acquire(root.resolve(LOCK));
    }

    private Optional<BasicFileAttributes> attributes(Digest digest) throws IOException {
        try {
            return Optional.of(Files.readAttributes(path(digest), BasicFileAttributes.class));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static boolean isDue(BasicFileAttributes file) {
        return file.lastModifiedTime().toInstant().isBefore(Instant.now().minus(RENEWAL));
    }

    private OptionalLong renew(Digest digest, long size) throws IOException {
        try (ProcessLock _ = lock()) {
            Files.setLastModifiedTime(path(digest), FileTime.from(Instant.now()));
            return OptionalLong.of(size);
        } catch (NoSuchFileException e) {
            return OptionalLong.empty(); // collected meanwhile
        } catch (AccessDeniedException e) {
            return OptionalLong.of(size); // someone else's store, to be read only
        } catch (IOException e) {
            if (String.valueOf(e.getMessage()).contains("Read-only file system")) {
                return OptionalLong.of(size);
            }
            throw e;
        }
    }

    /// Gives up the temporary space; blobs being written are discarded.
    @Override
    public void close() throws IOException {
        temp.close();
    }
}
