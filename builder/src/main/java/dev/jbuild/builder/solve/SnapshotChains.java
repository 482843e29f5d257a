package dev.jbuild.builder.solve;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Brings stacks of layers onto disk, each layer once, only when a step needs to see them. Safe for
/// use by several threads.
public final class SnapshotChains {
    private final Snapshotter snapshots;
    private final BlobStore blobs;
    private final Map<ChainId, ReentrantLock> locks = new ConcurrentHashMap<>();

    public SnapshotChains(Snapshotter snapshots, BlobStore blobs) {
        this.snapshots = snapshots;
        this.blobs = blobs;
    }

    /// Makes sure that the snapshot of the whole stack exists.
    ///
    /// @return its name, or empty for an empty stack
    public Optional<ChainId> require(FileSystemState files) throws IOException {
        Optional<ChainId> chain = files.chain();
        if (chain.isEmpty() || snapshots.exists(chain.get())) {
            return chain;
        }
        Optional<ChainId> parent = require(files.below());
        ReentrantLock lock = locks.computeIfAbsent(chain.get(), id -> new ReentrantLock());
        lock.lock();
        try {
            if (!snapshots.exists(chain.get())) {
                unpack(files.layers().getLast(), parent, chain.get());
            }
        } finally {
            lock.unlock();
        }
        return chain;
    }

    private void unpack(LayerRef layer, Optional<ChainId> parent, ChainId id) throws IOException {
        try (LayerSource source = LayerReader.open(blobs, layer.descriptor(), layer.diffId())) {
            snapshots.unpack(parent, id, source);
        } catch (IOException e) {
            throw isIntact(layer) ? e : damaged(layer, e);
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
