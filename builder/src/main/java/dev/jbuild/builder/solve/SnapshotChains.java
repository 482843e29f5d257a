package dev.jbuild.builder.solve;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/// Brings stacks of layers onto disk, each layer once, only when a step needs to see them: several
/// at a time, as far as the snapshotter can. Safe for use by several threads.
public final class SnapshotChains {
    /// Layers at a time. Each has up to three threads at work and some 3 MB of buffers.
    private static final int MOST_AT_ONCE =
            Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4);

    private final Snapshotter snapshots;
    private final BlobStore blobs;

    /// For the threads besides the first of each stack.
    private final Semaphore helpers = new Semaphore(MOST_AT_ONCE - 1);

    public SnapshotChains(Snapshotter snapshots, BlobStore blobs) {
        this.snapshots = snapshots;
        this.blobs = blobs;
    }

    /// Makes sure that the snapshot of the whole stack exists.
    ///
    /// @return its name, or empty for an empty stack
    /// @throws IOException if it has more layers than can be mounted, before anything is unpacked
    public Optional<ChainId> require(FileSystemState files)
            throws IOException, InterruptedException {
        if (files.layers().size() > snapshots.mostLayers()) {
            throw new IOException(
                    "an image of "
                            + files.layers().size()
                            + " layers can't be mounted: here, "
                            + snapshots.mostLayers()
                            + " are the most; put several RUN or COPY instructions into one");
        }
        Optional<ChainId> chain = files.chain();
        if (chain.isPresent() && !snapshots.exists(chain.get())) {
            unpack(missing(files));
        }
        return chain;
    }

    /// The layers above the topmost snapshot that exists, from the bottom up.
    private List<QueuedLayer> missing(FileSystemState files) throws IOException {
        List<ChainId> chains = new ArrayList<>();
        Optional<ChainId> chain = Optional.empty();
        for (LayerRef layer : files.layers()) {
            chain = Optional.of(ChainId.extend(chain, layer.diffId()));
            chains.add(chain.get());
        }
        int known = chains.size() - 1;
        while (known > 0 && !snapshots.exists(chains.get(known - 1))) {
            known--;
        }
        List<QueuedLayer> missing = new ArrayList<>();
        Optional<QueuedLayer> below = Optional.empty();
        for (int i = known; i < chains.size(); i++) {
            Optional<ChainId> parent = i == 0 ? Optional.empty() : Optional.of(chains.get(i - 1));
            QueuedLayer next =
                    new QueuedLayer(blobs, files.layers().get(i), chains.get(i), parent, below);
            missing.add(next);
            below = Optional.of(next);
        }
        return missing;
    }

    /// From the bottom up, each thread the lowest that nobody has begun: so whoever waits for its
    /// parent waits for one that is being unpacked.
    private void unpack(List<QueuedLayer> layers) throws IOException, InterruptedException {
        int threads = 1;
        while (threads < layers.size() && helpers.tryAcquire()) {
            threads++;
        }
        AtomicInteger next = new AtomicInteger();
        Callable<Void> work =
                () -> {
                    for (int i = next.getAndIncrement();
                            i < layers.size();
                            i = next.getAndIncrement()) {
                        unpack(layers.get(i));
                    }
                    return null;
                };
        try {
            Tasks.all(Collections.nCopies(threads, work));
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        } finally {
            helpers.release(threads - 1);
        }
    }

    private void unpack(QueuedLayer layer) throws IOException {
        try {
            snapshots.unpack(layer);
            layer.finished();
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            throw isIntact(layer.ref()) ? e : damaged(layer.ref(), e);
        }
    }

    /// Whether the blob is still what its digest says: what is wrong with one that is not shows in
    /// many ways.
    private boolean isIntact(LayerRef layer) throws IOException {
        Digest digest = layer.descriptor().digest();
        if (blobs.size(digest).isEmpty()) {
            return true;
        }
        MessageDigest hash = digest.algorithm().newHash();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (FileChannel in = blobs.open(digest)) {
            while (in.read(buffer) >= 0) {
                buffer.flip();
                hash.update(buffer);
                buffer.clear();
            }
        }
        return Digest.finish(digest.algorithm(), hash).equals(digest);
    }

    /// A damaged blob is of no use to anyone, and would keep a good one from taking its place.
    private IOException damaged(LayerRef layer, IOException cause) throws IOException {
        Digest digest = layer.descriptor().digest();
        blobs.delete(digest);
        return new IOException(
                "layer "
                        + digest
                        + " in the store was damaged or tampered with: its content is not what its"
                        + " digest says; it was removed: pull, load or build its image again",
                cause);
    }
}
