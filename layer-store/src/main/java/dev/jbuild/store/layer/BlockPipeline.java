package dev.jbuild.store.layer;

import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// From a stream of bytes to their hash and their compressed form, in one pass: one thread hashes,
/// all processors compress, one thread writes. A fixed number of blocks goes round, so memory is
/// bounded and a slow stage holds up the writer of the stream.
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
    private final ExecutorService hasher = single("jbuild-layer-hash");
    private final ExecutorService appender = single("jbuild-layer-write");
    private final BlockingQueue<Block> free;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final MessageDigest hash = DigestAlgorithm.SHA256.newHash();
    private final CRC32 crc = new CRC32();

    private int blocksToMake;
    private @Nullable Block current;
    private long size;

    BlockPipeline(BlobWriter out, LayerEncoder encoder) {
        this(
                out,
                encoder,
                COMPRESSORS,
                Math.min(MAX_PARALLEL, Runtime.getRuntime().availableProcessors()));
    }

    /// @param parallel how many blocks may be compressed at once
    BlockPipeline(BlobWriter out, LayerEncoder encoder, ExecutorService compressors, int parallel) {
        this.out = out;
        this.encoder = encoder;
        this.compressors = compressors;
        this.blocksToMake = parallel + 3; // one being filled, one hashed, one written
        this.free = new ArrayBlockingQueue<>(blocksToMake);
    }

    static ExecutorService compressors(int threads) {
        ThreadPoolExecutor pool =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        1,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().daemon().name("jbuild-layer-compress-", 1).factory());
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
            block.length += count;
            from += count;
            rest -= count;
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
        hasher.close();
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
        Block block = free.poll();
        if (block != null) {
            return block;
        }
        if (blocksToMake > 0) {
            blocksToMake--;
            return new Block();
        }
        try {
            return free.take();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private void submit(Block block) {
        size += block.length;
        CountDownLatch hashed = new CountDownLatch(1);
        hasher.execute(
                () -> {
                    guard(
                            () -> {
                                hash.update(block.input, 0, block.length);
                                crc.update(block.input, 0, block.length);
                            });
                    hashed.countDown();
                });
        compressors.execute(
                () -> {
                    guard(() -> encoder.compress(block));
                    block.compressed.countDown();
                });
        appender.execute(
                () -> {
                    guard(
                            () -> {
                                block.compressed.await();
                                encoder.append(block, out);
                            });
                    recycle(block, hashed);
                });
    }

    /// After a failure the other stages may still be at the block.
    private void recycle(Block block, CountDownLatch hashed) {
        try {
            hashed.await();
            block.compressed.await();
            block.reset();
            free.add(block);
        } catch (InterruptedException e) {
            failure.compareAndSet(null, e);
        }
    }

    private interface Stage {
        void run() throws IOException, InterruptedException;
    }

    /// Runs a stage unless an earlier one failed. Whatever is thrown, the writer of the stream gets
    /// to know it.
    private void guard(Stage stage) {
        if (failure.get() == null) {
            try {
                stage.run();
            } catch (Throwable e) { // out of memory, too, must not be lost with the thread
                failure.compareAndSet(null, e);
            }
        }
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

    private static ExecutorService single(String name) {
        return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
    }
}
