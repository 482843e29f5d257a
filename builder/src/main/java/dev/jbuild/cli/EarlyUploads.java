package dev.jbuild.cli;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.registry.client.Pusher;
import dev.jbuild.registry.client.RegistryClient;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Uploads the layers of a build as they come, beside the steps that are still executed. What fails
/// here is left to the push at the end, which uploads what is missing and tells what is wrong;
/// after a first failure nothing more is begun.
final class EarlyUploads implements Consumer<BuildEvent>, AutoCloseable {
    private final Map<ImageReference, RegistryClient> targets;
    private final BlobStore store;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore atATime = new Semaphore(Pusher.PARALLEL);
    private final Set<Digest> begun = ConcurrentHashMap.newKeySet();
    private final List<Future<?>> uploads = new ArrayList<>();
    private volatile boolean failed;

    EarlyUploads(Map<ImageReference, RegistryClient> targets, BlobStore store) {
        this.targets = targets;
        this.store = store;
    }

    @Override
    public synchronized void accept(BuildEvent event) {
        if (event instanceof BuildEvent.LayerKnown known && begun.add(known.layer().digest())) {
            targets.forEach(
                    (target, client) ->
                            uploads.add(
                                    threads.submit(() -> upload(client, target, known.layer()))));
        }
    }

    private void upload(RegistryClient client, ImageReference target, Descriptor layer) {
        try {
            atATime.acquire();
            try {
                boolean here = store.size(layer.digest()).isPresent();
                if (here && !failed && !layer.mediaType().isNonDistributable()) {
                    client.uploadBlob(target.repository(), layer, store, Optional.empty());
                }
            } finally {
                atATime.release();
            }
        } catch (IOException e) {
            failed = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for what was begun.
    synchronized void await() throws InterruptedException {
        for (Future<?> upload : uploads) {
            try {
                upload.get();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
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
