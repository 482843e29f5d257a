package dev.jbuild.builder.solve;

import dev.jbuild.oci.DiffId;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/// Layers that are compressed, stored and handed on while later steps run. Safe for use by several
/// threads; nothing of it outlives [#close].
final class LayersAtWork implements AutoCloseable {
    /// Layers at a time: each takes a few megabytes, and all share the processors.
    private static final int MOST = 4;

    private final Store store;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(MOST);
    private final List<Future<?>> work = new ArrayList<>();

    LayersAtWork(Store store) {
        this.store = store;
    }

    /// Ends a layer's tar and returns; the rest is done meanwhile. The writer is closed then.
    PendingLayer finish(LayerWriter writer) throws IOException, InterruptedException {
        DiffId diffId;
        try {
            diffId = writer.end();
            places.acquire();
        } catch (IOException | InterruptedException | RuntimeException e) {
            writer.close();
            throw e;
        }
        return new PendingLayer(diffId, writer.tarSize(), storing(writer));
    }

    private Layer stored(LayerWriter writer) throws IOException {
        try (writer) {
            Layer layer = writer.commit();
            store.layers().put(layer);
            return layer;
        } finally {
            places.release();
        }
    }

    /// What is done beside the steps.
    interface Work {
        void run() throws IOException;
    }

    /// Does something beside the steps, such as what has to wait for a layer.
    void begin(Work task) {
        synchronized (work) {
            work.add(
                    threads.submit(
                            () -> {
                                task.run();
                                return true;
                            }));
        }
    }

    private Future<Layer> storing(LayerWriter writer) {
        Future<Layer> begun = threads.submit(() -> stored(writer));
        synchronized (work) {
            work.add(begun);
        }
        return begun;
    }

    /// Waits for all that was begun.
    ///
    /// @throws IOException if something failed
    void await() throws IOException, InterruptedException {
        List<Future<?>> begun;
        synchronized (work) {
            begun = List.copyOf(work);
        }
        for (Future<?> one : begun) {
            try {
                one.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof IOException cause
                        ? cause
                        : new IOException("finishing a layer failed", e.getCause());
            }
        }
    }

    /// Stops what is still underway.
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
