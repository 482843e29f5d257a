package dev.jbuild.cli;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.registry.client.Pusher;
import dev.jbuild.registry.client.RegistryClient;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.GrowingBlob;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/// Uploads the layers of a build as they come, beside the steps that are still executed; a large
/// one while it is being compressed. What fails here is left to the push at the end, which uploads
/// what is missing and tells what is wrong; after a first failure nothing more is begun.
final class EarlyUploads implements Consumer<BuildEvent>, AutoCloseable {
    /// A layer is sent before it is complete once this much of it is there: 4 MiB.
    private static final long WORTH_SENDING = 4 << 20;

    private final Map<ImageReference, RegistryClient> targets;
    private final BlobStore store;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore atATime = new Semaphore(Pusher.PARALLEL);
    private final Set<Digest> begun = ConcurrentHashMap.newKeySet();
    private final List<Growing> growing = new ArrayList<>();
    private final List<Future<?>> uploads = new ArrayList<>();
    private volatile boolean failed;

    /// Whether a layer could not be sent while it was written.
    private volatile boolean growingFailed;

    EarlyUploads(Map<ImageReference, RegistryClient> targets, BlobStore store) {
        this.targets = targets;
        this.store = store;
    }

    @Override
    public synchronized void accept(BuildEvent event) {
        if (event instanceof BuildEvent.LayerBegun layer) {
            targets.keySet().forEach(target -> follow(target, layer));
        } else if (event instanceof BuildEvent.LayerKnown known
                && begun.add(known.layer().digest())) {
            targets.keySet().forEach(target -> begin(target, known.layer()));
        }
    }

    /// A layer on its way to a target while it is written.
    private final class Growing {
        private final ImageReference target;
        private final GrowingBlob content;
        private final Future<?> upload;
        private volatile boolean wanted = true;

        Growing(ImageReference target, GrowingBlob content) {
            this.target = target;
            this.content = content;
            this.upload = threads.submit(this::send);
        }

        private void send() {
            try (content) {
                if (content.await(WORTH_SENDING) >= WORTH_SENDING) {
                    atATime.acquire();
                    try {
                        upload();
                    } finally {
                        atATime.release();
                    }
                }
            } catch (IOException e) {
                // It was given up: its step changed nothing, or failed.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void upload() throws InterruptedException {
            if (failed || growingFailed) {
                return;
            }
            try {
                client(target).uploadGrowing(target.repository(), content, () -> wanted);
            } catch (IOException e) {
                if (wanted) {
                    growingFailed = true; // it is uploaded once it is stored, as the next ones are
                }
            }
        }

        /// Waits until it has arrived or failed; not for one that turns out to be there already.
        private void settle(Descriptor layer) throws IOException, InterruptedException {
            if (!content.digest().equals(Optional.of(layer.digest()))) {
                return;
            }
            if (!upload.isDone() && client(target).hasBlob(target.repository(), layer.digest())) {
                wanted = false;
            }
            finish(upload);
        }
    }

    private void follow(ImageReference target, BuildEvent.LayerBegun layer) {
        if (failed) {
            return;
        }
        try {
            growing.add(new Growing(target, layer.content().follow()));
        } catch (IOException e) {
            // It is uploaded once it is stored.
        }
    }

    private void begin(ImageReference target, Descriptor layer) {
        List<Growing> underway = growing.stream().filter(g -> g.target.equals(target)).toList();
        uploads.add(threads.submit(() -> upload(target, layer, underway)));
    }

    private void upload(ImageReference target, Descriptor layer, List<Growing> underway) {
        try {
            for (Growing one : underway) {
                one.settle(layer);
            }
            atATime.acquire();
            try {
                boolean here = store.size(layer.digest()).isPresent();
                if (here && !failed && !layer.mediaType().isNonDistributable()) {
                    client(target).uploadBlob(target.repository(), layer, store, Optional.empty());
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

    private RegistryClient client(ImageReference target) {
        return Objects.requireNonNull(targets.get(target));
    }

    /// Waits for what was begun.
    synchronized void await() throws InterruptedException {
        for (Growing one : growing) {
            finish(one.upload);
        }
        for (Future<?> upload : uploads) {
            finish(upload);
        }
    }

    private static void finish(Future<?> upload) throws InterruptedException {
        try {
            upload.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /// Stops what is still underway.
    @Override
    public void close() {
        threads.shutdownNow();
        threads.close();
    }
}
