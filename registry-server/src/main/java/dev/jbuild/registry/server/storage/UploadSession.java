package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.registry.server.http.Body;
import dev.jbuild.registry.server.http.BodyInterruptedException;
import dev.jbuild.store.DigestMismatchException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A blob on its way, in a file that outlives the process. The bytes are hashed as they come; after
/// a restart the file is hashed again. One request at a time appends; a second one waits for it as
/// long as bytes come, then takes over from it, for its client is gone.
public final class UploadSession {
    private static final long TAKE_OVER_AFTER_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final UploadIndex.Upload upload;
    private final Path file;
    private final Unfinished.Meter meter;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile long size;
    private volatile long lastProgress = System.nanoTime();
    private volatile long lastUse = System.nanoTime();
    private volatile @Nullable Body taking;
    private volatile boolean gone;

    // Both guarded by the lock.
    private @Nullable RunningHash hash;
    private long finalPartStart = -1;

    /// A hash of the first bytes of the file.
    private record RunningHash(DigestAlgorithm algorithm, MessageDigest state) {
        static RunningHash of(DigestAlgorithm algorithm) {
            return new RunningHash(algorithm, algorithm.newHash());
        }
    }

    UploadSession(UploadIndex.Upload upload, Path file, Unfinished.Meter meter) throws IOException {
        this.upload = upload;
        this.file = file;
        this.meter = meter;
        this.size = ContentStore.sizeOrZero(file);
    }

    public UploadIndex.Upload upload() {
        return upload;
    }

    /// The bytes that are here.
    public long size() {
        return size;
    }

    /// Finished or cancelled.
    boolean isGone() {
        return gone;
    }

    void touch() {
        lastUse = System.nanoTime();
    }

    boolean isIdleSince(long nanoTime) {
        return !lock.isLocked() && lastUse - nanoTime < 0;
    }

    /// Appends the body. If it is interrupted, what came of it stays.
    ///
    /// @param start where the sender says it belongs; empty: at the end
    /// @return the size afterwards
    /// @throws OutOfOrderException if that is not the end; nothing is changed
    /// @throws RuleViolationException if there is no room for it; what came of it is of no use
    public long append(OptionalLong start, Body body) throws IOException, InterruptedException {
        acquire(body);
        try {
            checkStart(start);
            finalPartStart = -1;
            take(body, upload.algorithm(), Optional.empty());
            return size;
        } finally {
            release();
        }
    }

    /// What is done with a file whose content was verified and synced.
    interface Commit {
        void accept(Path file, long size) throws IOException;
    }

    /// Appends the last bytes and commits the file. Whatever fails but the disk's sync, the bytes
    /// stay, and it can be called again.
    ///
    /// @throws OutOfOrderException as [#append] does
    /// @throws DigestMismatchException if the content is not what was promised
    void finish(Digest expected, OptionalLong start, Body body, Commit commit)
            throws IOException, InterruptedException {
        acquire(body);
        try {
            checkStart(start);
            boolean empty = body.length().equals(OptionalLong.of(0));
            if (start.isEmpty() && finalPartStart >= 0 && !empty) {
                rewind(finalPartStart); // the same last part again, after a lost connection
            }
            finalPartStart = size;
            take(
                    body,
                    size == 0 ? expected.algorithm() : upload.algorithm(),
                    Optional.of(expected));
            Digest actual = digest(expected.algorithm());
            if (!actual.equals(expected)) {
                throw new DigestMismatchException(expected, actual);
            }
            sync();
            if (gone) {
                throw new UploadGoneException(upload.id());
            }
            // as soon as they are committed, the index counts them; it asks for room itself
            meter.set(0);
            commit.accept(file, size);
            gone = true;
        } catch (FileSystemException e) {
            throw StorageException.of("the upload can't be made permanent", e);
        } finally {
            release();
        }
    }

    /// From now on nobody can go on with it.
    void end() throws StorageException {
        gone = true;
        Body current = taking;
        if (current != null) {
            current.cancel("the upload was cancelled");
        }
        lock.lock();
        try {
            Files.deleteIfExists(file);
            meter.end();
        } catch (IOException e) {
            throw StorageException.of("the upload can't be removed", e);
        } finally {
            lock.unlock();
        }
    }

    private void acquire(Body body) throws IOException, InterruptedException {
        while (!lock.tryLock(200, TimeUnit.MILLISECONDS)) {
            Body current = taking;
            if (current != null && System.nanoTime() - lastProgress > TAKE_OVER_AFTER_NANOS) {
                current.cancel("another request goes on with this upload");
            }
        }
        if (gone) {
            lock.unlock();
            throw new UploadGoneException(upload.id());
        }
        touch();
        lastProgress = lastUse;
        taking = body;
    }

    private void release() {
        taking = null;
        if (!gone) {
            meter.set(size);
        }
        touch();
        lock.unlock();
    }

    private void checkStart(OptionalLong start) throws OutOfOrderException {
        if (start.isPresent() && start.getAsLong() != size) {
            throw new OutOfOrderException(start.getAsLong(), size);
        }
    }

    private void take(Body body, DigestAlgorithm algorithm, Optional<Digest> promised)
            throws IOException, InterruptedException {
        if (body.length().equals(OptionalLong.of(0))) {
            return;
        }
        meter.require(promised, body.length().orElse(0));
        long before = size;
        RunningHash running = runningHash(algorithm);
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.position(before);
            body.transferTo(bytes -> write(out, running, bytes));
        } catch (BodyInterruptedException e) {
            throw e; // what came is kept, and hashed
        } catch (RuleViolationException e) {
            throw e; // ends the upload
        } catch (IOException | RuntimeException e) {
            rewind(before);
            throw StorageException.of("the upload can't be stored", e);
        }
    }

    private void write(FileChannel out, RunningHash running, ByteBuffer bytes) throws IOException {
        meter.grow(bytes.remaining());
        running.state.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            out.write(bytes);
        }
        size = out.position();
        lastProgress = System.nanoTime();
    }

    /// After a failure the kernel may have dropped what it could not write, and a second sync would
    /// say nothing of it: the bytes have to be sent again.
    private void sync() throws StorageException {
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.force(false);
        } catch (IOException e) {
            finalPartStart = -1;
            rewind(0);
            throw StorageException.of("the upload can't be made permanent", e);
        }
    }

    private void rewind(long to) throws StorageException {
        hash = null;
        try (FileChannel out =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            out.truncate(to);
            size = to;
            meter.set(to);
        } catch (IOException e) {
            throw StorageException.of("the upload can't be stored", e);
        }
    }

    /// The hash of what is in the file, whatever its algorithm; a new one is of `preferred`.
    private RunningHash runningHash(DigestAlgorithm preferred) throws StorageException {
        RunningHash current = hash;
        if (current == null || (size == 0 && current.algorithm != preferred)) {
            current = size == 0 ? RunningHash.of(preferred) : rehash(preferred);
            hash = current;
        }
        return current;
    }

    private Digest digest(DigestAlgorithm algorithm) throws StorageException {
        RunningHash current = runningHash(algorithm);
        if (current.algorithm != algorithm) {
            current = rehash(algorithm);
        }
        hash = null; // digesting resets it
        return Digest.finish(algorithm, current.state);
    }

    private RunningHash rehash(DigestAlgorithm algorithm) throws StorageException {
        try {
            return new RunningHash(algorithm, FileDigests.hash(algorithm, file, _ -> {}));
        } catch (IOException e) {
            throw StorageException.of("the upload can't be read", e);
        }
    }
}
