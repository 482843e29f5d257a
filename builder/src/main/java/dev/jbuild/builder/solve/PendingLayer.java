package dev.jbuild.builder.solve;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.store.layer.Layer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/// A layer of this build: its tar is complete, its blob may still be compressed.
///
/// @param tarSize bytes
record PendingLayer(DiffId diffId, long tarSize, Future<Layer> finished) implements LayerRef {

    @Override
    public Descriptor descriptor() throws IOException {
        return layer().descriptor();
    }

    /// Waits until it is stored.
    Layer layer() throws IOException {
        try {
            return finished.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while a layer was compressed");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause
                    ? cause
                    : new IOException("compressing a layer failed", e.getCause());
        }
    }
}
