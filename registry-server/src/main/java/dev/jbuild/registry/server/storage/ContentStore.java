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
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Content by digest, a file each: `blobs/sha256/44136fa3…`. What is here is complete and was
/// verified when it came. A store of its own rather than the build's: uploads that are resumed
/// after a restart, and sha512, are particular to a registry. Safe for use by several threads; one
/// process at a time.
public final class ContentStore {
    private static final int STRIPES = 256;

    private final Path blobs;
    private final Path staging;
    private final Quarantine quarantine;
    private final Map<DigestAlgorithm, DirectorySync> syncs = new EnumMap<>(DigestAlgorithm.class);
    private final ReadWriteLock[] locks = new ReadWriteLock[STRIPES];
    private final Set<Digest> doubtful = ConcurrentHashMap.newKeySet();

    /// Makes the directories that are missing.
    ///
    /// @param staging for files on their way; on the same file system
    /// @param quarantine for files put aside; likewise
    public ContentStore(Path blobs, Path staging, Path quarantine) throws IOException {
        this.blobs = blobs;
        this.staging = staging;
        this.quarantine = new Quarantine(quarantine);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Path directory = OwnDirectory.make(blobs.resolve(algorithm.token()));
            syncs.put(algorithm, new DirectorySync(directory));
        }
        for (int i = 0; i < STRIPES; i++) {
            locks[i] = new ReentrantReadWriteLock();
        }
        DirectorySync.force(blobs);
    }

    /// Where the content is, or would be.
    public Path path(Digest digest) {
        return blobs.resolve(digest.algorithm().token()).resolve(digest.hex());
    }

    /// The directories of content, one for each algorithm.
    public List<Path> directories() {
        return List.of(DigestAlgorithm.values()).stream()
                .map(algorithm -> blobs.resolve(algorithm.token()))
                .toList();
    }

    public Quarantine quarantine() {
        return quarantine;
    }

    /// To be held from before content is made permanent until the index knows of it: nobody
    /// collects it in between. Many can hold the same digest.
    public Hold hold(Digest digest) {
        Lock lock = lock(digest).readLock();
        lock.lock();
        return new Hold(digest, lock);
    }

    /// The right to put aside or remove the content of a digest, unless somebody holds it just now.
    public Optional<Sole> trySole(Digest digest) {
        Lock lock = lock(digest).writeLock();
        return lock.tryLock() ? Optional.of(new Sole(digest, lock)) : Optional.empty();
    }

    /// Content that was made permanent and of which the index was perhaps not told, because
    /// something failed in between. Each is given out once.
    public List<Digest> takeDoubtful() {
        List<Digest> taken = List.copyOf(doubtful);
        taken.forEach(doubtful::remove);
        return taken;
    }

    /// Somebody should ask the index whether it knows this content.
    public void doubt(Digest digest) {
        doubtful.add(digest);
    }

    /// As [Hold#adopt], for many, which are synced together.
    ///
    /// @param files one for each
    public void adoptAll(List<Hold> holds, List<Path> files) throws IOException {
        for (int i = 0; i < holds.size(); i++) {
            holds.get(i).link(files.get(i));
        }
        syncAll();
        for (Hold hold : holds) {
            quarantine.discard(hold.digest);
        }
    }

    /// Content about to become permanent. Closed when the index knows of it, or never will.
    public final class Hold implements AutoCloseable {
        private final Digest digest;
        private final Lock lock;
        private boolean added;
        private boolean known;
        private Optional<Path> staged = Optional.empty();

        private Hold(Digest digest, Lock lock) {
            this.digest = digest;
            this.lock = lock;
        }

        /// Makes the content of a file, which was verified and synced, permanent. The file stays,
        /// as a second name of the same content, so that everything can be done again if a later
        /// step fails, and so that a start after a crash can tell.
        public void adopt(Path file) throws IOException {
            link(file);
            sync(digest);
            quarantine.discard(digest);
        }

        private void link(Path file) throws IOException {
            Path target = path(digest);
            try {
                Files.createLink(target, file);
            } catch (FileAlreadyExistsException e) {
                if (!Files.isSameFile(target, file)) {
                    replace(target, file); // this one was verified just now
                }
            }
            added = true;
        }

        /// Stores bytes in memory, whose digest the caller has verified.
        public void put(byte[] bytes) throws StorageException {
            Path file = staging.resolve("put-" + UUID.randomUUID());
            try {
                if (isStored(bytes)) {
                    sync(digest);
                    return;
                }
                staged = Optional.of(file);
                try (FileChannel out =
                        FileChannel.open(
                                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
                        out.write(left);
                    }
                    out.force(false);
                }
                adopt(file);
            } catch (IOException e) {
                throw StorageException.of("the content can't be stored", e);
            }
        }

        /// What can't be read is replaced, too.
        private boolean isStored(byte[] bytes) {
            try {
                return Files.size(path(digest)) == bytes.length
                        && Arrays.equals(Files.readAllBytes(path(digest)), bytes);
            } catch (IOException _) {
                return false;
            }
        }

        /// The index has been told.
        public void known() {
            known = true;
        }

        @Override
        public void close() throws StorageException {
            try {
                if (added && !known) {
                    doubt(digest);
                }
                if (staged.isPresent()) {
                    Files.deleteIfExists(staged.get());
                }
            } catch (IOException e) {
                throw StorageException.of("the content can't be stored", e);
            } finally {
                lock.unlock();
            }
        }
    }

    /// Nobody else adds, puts aside or removes this content.
    public final class Sole implements AutoCloseable {
        private final Digest digest;
        private final Lock lock;

        private Sole(Digest digest, Lock lock) {
            this.digest = digest;
            this.lock = lock;
        }

        /// Puts the content aside. No error if it isn't there.
        public void putAside() throws IOException {
            quarantine.take(path(digest), digest);
        }

        /// Removes the content, put aside or not.
        public void remove() throws IOException {
            Files.deleteIfExists(path(digest));
            quarantine.discard(digest);
        }

        @Override
        public void close() {
            lock.unlock();
        }
    }

    /// Begins to take content from somewhere that is not trusted; the caller closes it.
    ///
    /// @param size in bytes
    public StagedContent stage(Digest digest, long size) throws IOException {
        return new StagedContent(staging.resolve("put-" + UUID.randomUUID()), digest, size);
    }

    /// A file on its way that is nobody's content, such as a copy of the index. The caller removes
    /// it; a killed process's is removed by the next server.
    public Path temporary() {
        return staging.resolve("put-" + UUID.randomUUID());
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

    /// Whether there is a file of this content, of the right length, as there is unless the disk
    /// has lost it. Reads none of it.
    ///
    /// @throws StorageException if that can't be told, as when the disk is not there at all
    public boolean has(Digest digest, long size) throws StorageException {
        return storedSize(digest).equals(OptionalLong.of(size));
    }

    /// As [#has], whatever its length.
    public boolean has(Digest digest) throws StorageException {
        return storedSize(digest).isPresent();
    }

    private OptionalLong storedSize(Digest digest) throws StorageException {
        Path file = path(digest);
        try {
            return OptionalLong.of(Files.size(file));
        } catch (NoSuchFileException e) {
            if (Files.isDirectory(blobs.resolve(digest.algorithm().token()))) {
                return OptionalLong.empty();
            }
            throw StorageException.of("the content of " + digest + " can't be read", e);
        } catch (IOException e) {
            throw StorageException.of("the content of " + digest + " can't be read", e);
        }
    }

    /// Makes what was removed and put aside so far permanent.
    public void syncAll() throws IOException {
        for (DirectorySync sync : syncs.values()) {
            sync.sync();
        }
        quarantine.sync();
    }

    /// The size of a file in bytes; 0 if there is none.
    static long sizeOrZero(Path file) throws IOException {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /// The new file takes the place of the old one, and keeps its own name. Whoever reads the old
    /// one goes on with it; after a crash it is the one or the other.
    private void replace(Path target, Path file) throws IOException {
        Path second = staging.resolve("put-" + UUID.randomUUID());
        try {
            Files.createLink(second, file);
            Files.move(second, target, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(second);
        }
    }

    private ReadWriteLock lock(Digest digest) {
        return locks[Math.floorMod(digest.hex().hashCode(), STRIPES)];
    }

    private void sync(Digest digest) throws IOException {
        DirectorySync sync = syncs.get(digest.algorithm());
        if (sync == null) {
            throw new IllegalStateException("no directory for " + digest.algorithm());
        }
        sync.sync();
    }
}
