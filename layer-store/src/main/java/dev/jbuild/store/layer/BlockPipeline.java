package dev.jbuild.store.layer;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// From a stream of bytes to their hash and their compressed form, in one pass: one thread hashes,
/// all processors compress, one thread writes. A fixed number of blocks goes round, so memory is
/// bounded. Compressing, the slowest stage, holds up the writer of the stream, or, where there is
/// temporary space, lets blocks wait there: then the hash is known as soon as the stream has ended.
///
/// Used by one thread.
final class BlockPipeline extends OutputStream {
    /// Shared by all layers being written, so that there are never more compressing threads than
    /// processors.
    private static final ExecutorService COMPRESSORS =
            compressors(Runtime.getRuntime().availableProcessors());

    /// The most blocks of one layer that are compressed at once: more would only take memory.
    private static final int MAX_PARALLEL = 16;

    private final BlobWriter out;
    private final LayerEncoder encoder;
    private final ExecutorService compressors;
    private final ExecutorService hasher = single("layer-hash");
    private final ExecutorService contentHasher = single("layer-content");
    private final ExecutorService appender = single("layer-write");
    private final ExecutorService feeder = single("layer-feed");
    private final BlockPool pool;
    private final Backlog backlog;
    private final Semaphore underway;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final MessageDigest hash = DigestAlgorithm.SHA256.newHash();
    private final CRC32 crc = new CRC32();

    private @Nullable Block current;

    /// What hashes the content that comes now, and how many bytes of it are to come.
    private @Nullable ContentHash content;

    private long contentLeft;
    private boolean begun;
    private long size;

    /// @param temp where blocks may wait to be compressed; else the writer of the stream waits
    BlockPipeline(BlobWriter out, LayerEncoder encoder, Optional<TempSpace> temp) {
        this(
                out,
                encoder,
                temp,
                COMPRESSORS,
                Math.min(MAX_PARALLEL, Runtime.getRuntime().availableProcessors()));
    }

    /// @param parallel how many blocks may be compressed at once
    BlockPipeline(
            BlobWriter out,
            LayerEncoder encoder,
            Optional<TempSpace> temp,
            ExecutorService compressors,
            int parallel) {
        this.out = out;
        this.encoder = encoder;
        this.compressors = compressors;
        // one being compressed by each thread, one more waiting to be written
        this.underway = new Semaphore(parallel + 1);
        this.backlog = new Backlog(parallel, temp);
        // and one being filled, one hashed, one read back
        this.pool = new BlockPool(parallel + 1 + parallel + 3);
    }

    static ExecutorService compressors(int threads) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().daemon().name("layer-compress-", 1).factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int off, int len) throws IOException {
        int from = off;
        int rest = len;
        while (rest > 0) {
            Block block = roomyBlock();
            int count = Math.min(rest, Block.SIZE - block.length);
            System.arraycopy(bytes, from, block.input, block.length, count);
            if (content != null) {
                noteContent(block, count);
            }
            block.length += count;
            from += count;
            rest -= count;
        }
    }

    /// Hashes the next bytes by themselves, too, on a thread of its own.
    ///
    /// @param told by that thread takes the hash
    void hashNext(long bytes, Consumer<Digest> told) {
        ContentHash hash = new ContentHash(bytes, told);
        content = bytes == 0 ? null : hash;
        contentLeft = bytes;
    }

    private void noteContent(Block block, int count) {
        ContentHash file = Objects.requireNonNull(content);
        int length = (int) Math.min(count, contentLeft);
        block.contents.add(new Block.Content(block.length, length, file));
        contentLeft -= length;
        if (contentLeft == 0) {
            content = null;
        }
    }

    /// Ends the stream, and waits until all of it is hashed.
    ///
    /// @return the hash of the uncompressed bytes
    DiffId end() throws IOException {
        Block block = roomyBlock();
        block.last = true;
        submit(block);
        current = null;
        CountDownLatch hashed = new CountDownLatch(1);
        hasher.execute(hashed::countDown);
        await(hashed);
        throwFailure();
        return new DiffId(Digest.finish(DigestAlgorithm.SHA256, hash));
    }

    /// After [#end]: waits until all of it is written to the blob.
    void finish() throws IOException {
        CountDownLatch fed = new CountDownLatch(1);
        feeder.execute(fed::countDown);
        await(fed);
        CountDownLatch written = new CountDownLatch(1);
        appender.execute(
                () -> {
                    guard(() -> encoder.finish(crc.getValue(), size, out));
                    written.countDown();
                });
        await(written);
        throwFailure();
    }

    /// The uncompressed bytes, once ended.
    long size() {
        return size;
    }

    /// Gives up, or lets the threads go after [#finish]. May be called by another thread than the
    /// writer's. Nothing is written after it.
    @Override
    public void close() throws IOException {
        failure.compareAndSet(null, new IOException("the layer was given up"));
        backlog.close();
        hasher.close();
        contentHasher.close();
        feeder.close();
        appender.close();
        encoder.close();
    }

    /// The block being filled. A full one is passed on only now, so that the last block is known to
    /// be the last.
    private Block roomyBlock() throws IOException {
        Block block = current;
        if (block == null) {
            block = takeFree();
        } else if (block.length == Block.SIZE) {
            Block next = takeFree();
            submit(block);
            block = next;
        }
        current = block;
        return block;
    }

    private Block takeFree() throws IOException {
        throwFailure();
        try {
            return pool.take();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void submit(Block block) {
        size += block.length;
        hasher.execute(
                () -> {
                    guard(() -> hash(block));
                    if (!guard(() -> backlog.put(block, pool))) {
                        pool.give(block);
                    }
                });
        if (!begun) {
            begun = true;
            feeder.execute(() -> guard(this::feed));
        }
    }

    private void hash(Block block) throws InterruptedException {
        CountDownLatch contents = new CountDownLatch(block.contents.isEmpty() ? 0 : 1);
        if (!block.contents.isEmpty()) {
            contentHasher.execute(
                    () -> {
                        guard(() -> block.contents.forEach(part -> part.hash(block.input)));
                        contents.countDown();
                    });
        }
        hash.update(block.input, 0, block.length);
        crc.update(block.input, 0, block.length);
        contents.await();
    }

    /// Gives blocks to those who compress, as fast as these and the writing go.
    private void feed() throws IOException, InterruptedException {
        boolean last = false;
        while (!last) {
            Block block = backlog.take(pool);
            if (block == null) {
                return;
            }
            last = block.last;
            underway.acquire();
            compressors.execute(
                    () -> {
                        guard(() -> encoder.compress(block));
                        block.compressed.countDown();
                    });
            appender.execute(() -> append(block));
        }
    }

    private void append(Block block) {
        try {
            block.compressed.await();
            guard(() -> encoder.append(block, out));
        } catch (InterruptedException e) {
            fail(e);
        } finally {
            pool.give(block);
            underway.release();
        }
    }

    private interface Stage {
        void run() throws IOException, InterruptedException;
    }

    /// Runs a stage unless an earlier one failed. Whatever is thrown, the writer of the stream gets
    /// to know it.
    ///
    /// @return whether it was done
    private boolean guard(Stage stage) {
        if (failure.get() != null) {
            return false;
        }
        try {
            stage.run();
            return true;
        } catch (Throwable e) { // out of memory, too, must not be lost with the thread
            fail(e);
            return false;
        }
    }

    private void fail(Throwable cause) {
        failure.compareAndSet(null, cause);
        backlog.stop();
    }

    private void throwFailure() throws IOException {
        Throwable cause = failure.get();
        if (cause instanceof IOException e) {
            throw e;
        }
        if (cause != null) {
            throw new IOException("compressing the layer: " + cause, cause);
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static InterruptedIOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        InterruptedIOException e = new InterruptedIOException("interrupted while writing a layer");
        e.initCause(cause);
        return e;
    }

    /// @param name of at most 15 characters, as the kernel cuts it: `bench/stages` tells by it what
    ///     each stage takes
    private static ExecutorService single(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
    }
}
