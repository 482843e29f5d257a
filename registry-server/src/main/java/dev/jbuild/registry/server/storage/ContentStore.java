package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.EnumMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/// Content by digest, a file each: `blobs/sha256/44136fa3…`. What is here is complete and was
/// verified when it came. A store of its own rather than the build's: uploads that are resumed
/// after a restart, and sha512, are particular to a registry. Safe for use by several threads; one
/// process at a time.
public final class ContentStore {
    private static final int STRIPES = 64;

    private final Path blobs;
    private final Path staging;
    private final Map<DigestAlgorithm, DirectorySync> syncs = new EnumMap<>(DigestAlgorithm.class);
    private final ReentrantLock[] locks = new ReentrantLock[STRIPES];

    /// Makes the directories that are missing.
    ///
    /// @param staging for files on their way; on the same file system
    public ContentStore(Path blobs, Path staging) throws IOException {
        this.blobs = blobs;
        this.staging = staging;
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = Files.createDirectories(blobs.resolve(algorithm.token()));
            syncs.put(algorithm, new DirectorySync(directory));
        }
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantLock();
        }
        DirectorySync.force(blobs);
    }

    /// Where the content is, or would be.
    public Path path(Digest digest) {
        return blobs.resolve(digest.algorithm().token()).resolve(digest.hex());
    }

    /// A lock to be held from before the content is made permanent until the index knows of it, so
    /// that nobody collects it in between.
    ReentrantLock lock(Digest digest) {
        return locks[Math.floorMod(digest.hex().hashCode(), STRIPES)];
    }

    /// Makes the content of a file, which was verified and synced, permanent. The file stays, as a
    /// second name of the same content, so that everything can be done again if a later step fails.
    void adopt(Path file, Digest digest) throws IOException {
        Path target = path(digest);
        try {
            Files.createLink(target, file);
        } catch (FileAlreadyExistsException e) {
            if (Files.size(target) != Files.size(file)) {
                Files.move(file, target, StandardCopyOption.ATOMIC_MOVE); // the old one is damaged
            }
        }
        sync(digest);
    }

    /// Stores bytes in memory, whose digest the caller has verified.
    public void put(byte[] bytes, Digest digest) throws StorageException {
        Path file = staging.resolve("put-" + UUID.randomUUID());
        try {
            if (Files.exists(path(digest)) && Files.size(path(digest)) == bytes.length) {
                sync(digest);
                return;
            }
            try (FileChannel out =
                    FileChannel.open(
                            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                    out.write(left);
                }
                out.force(false);
            }
            adopt(file, digest);
            Files.deleteIfExists(file);
        } catch (IOException e) {
            StorageException failure = StorageException.of("the content can't be stored", e);
            discard(file, failure);
            throw failure;
        }
    }

    /// The content of a small blob.
    ///
    /// @throws StorageException if it isn't here
    public byte[] read(Digest digest) throws StorageException {
        try {
            return Files.readAllBytes(path(digest));
        } catch (IOException e) {
            throw StorageException.of("the content of " + digest + " can't be read", e);
        }
    }

    /// Removes a file that is not wanted any more; what prevents it is added to the failure.
    static void discard(Path file, Exception failure) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    /// The size of a file in bytes; 0 if there is none.
    static long sizeOrZero(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    private void sync(Digest digest) throws IOException {
        DirectorySync sync = syncs.get(digest.algorithm());
        if (sync == null) {
            throw new IllegalStateException("no directory for " + digest.algorithm());
        }
        sync.sync();
    }
}
