package dev.jbuild.builder.solve;

import dev.jbuild.oci.ChainId;
import dev.jbuild.overlay.StackedLayer;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.layer.LayerReader;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// A layer of a stack that is being unpacked, and the one below it.
final class QueuedLayer implements StackedLayer {
    private final BlobStore blobs;
    private final LayerRef ref;
    private final ChainId id;
    private final Optional<ChainId> parent;
    private final Optional<QueuedLayer> below;
    private final CountDownLatch complete = new CountDownLatch(1);

    /// @param below the layer that makes `parent`; empty if that snapshot exists, or there is none
    QueuedLayer(
            BlobStore blobs,
            LayerRef ref,
            ChainId id,
            Optional<ChainId> parent,
            Optional<QueuedLayer> below) {
        this.blobs = blobs;
        this.ref = ref;
        this.id = id;
        this.parent = parent;
        this.below = below;
    }

    LayerRef ref() {
        return ref;
    }

    @Override
    public ChainId id() {
        return id;
    }

    @Override
    public Optional<ChainId> parent() {
        return parent;
    }

    @Override
    public LayerSource open() throws IOException {
        return LayerReader.open(blobs, ref.descriptor(), ref.diffId());
    }

    /// Whoever unpacks those below interrupts this thread when that fails.
    @Override
    public void awaitParent() throws IOException {
        if (below.isEmpty()) {
            return;
        }
        try {
            below.get().complete.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var told = new InterruptedIOException("interrupted while a layer below is unpacked");
            told.initCause(e);
            throw told;
        }
    }

    /// Lets those above know that its snapshot is complete.
    void finished() {
        complete.countDown();
    }
}
