package dev.jbuild.builder.upkeep;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a store holds at one time, and what of it the images need.
///
/// @param images how many there are, an index and its images as one
/// @param documents the manifests, indexes and configurations of images
/// @param layers the layers of images
/// @param chains the stacks of layers of images
/// @param intact false if an image's manifest or configuration is damaged or missing, so that what
///     it needs can't be told in full
public record StoreContents(
        int images,
        List<Stored> blobs,
        Set<Digest> documents,
        Set<Digest> layers,
        Set<ChainId> chains,
        List<StepCache.Entry> results,
        List<TreeCache.Entry> trees,
        List<StoredSnapshot> snapshots,
        boolean intact) {

    public static StoreContents of(Store store, SnapshotInventory snapshots) throws IOException {
        // What refers to blobs is read after them: what is made meanwhile is then in neither.
        List<Stored> blobs = store.blobs().stored();
        List<StepCache.Entry> results = new StepCache(store).entries();
        Marks marks = new Marks(store);
        List<Descriptor> roots = store.images().roots();
        roots.forEach(marks::add);
        return new StoreContents(
                (int) roots.stream().map(Descriptor::digest).distinct().count(),
                blobs,
                marks.documents,
                marks.layers,
                marks.chains,
                results,
                new TreeCache(store).entries(),
                snapshots.list(),
                marks.intact);
    }

    /// Whether an image needs the blob.
    boolean isOfImage(Digest blob) {
        return documents.contains(blob) || layers.contains(blob);
    }

    /// The layers that a result of the cache needs.
    Set<Digest> cached() {
        return results.stream()
                .flatMap(result -> result.record().layer().stream())
                .map(layer -> layer.descriptor().digest())
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static final class Marks {
        private final Store store;
        private final Set<Digest> documents = new HashSet<>();
        private final Set<Digest> layers = new HashSet<>();
        private final Set<ChainId> chains = new HashSet<>();
        private boolean intact = true;

        Marks(Store store) {
            this.store = store;
        }

        void add(Descriptor root) {
            if (!documents.add(root.digest())) {
                return;
            }
            try {
                switch (new ImageDocuments(store.blobs()).manifest(root).value()) {
                    case ImageManifest manifest -> addImage(manifest);
                    case ImageIndex index ->
                            index.manifests().stream()
                                    .filter(m -> Files.exists(store.blobs().path(m.digest())))
                                    .forEach(this::add);
                }
            } catch (IOException damaged) {
                intact = false;
            }
        }

        private void addImage(ImageManifest manifest) throws IOException {
            documents.add(manifest.config().digest());
            manifest.layers().forEach(layer -> layers.add(layer.digest()));
            MediaType type = manifest.config().mediaType();
            if (type.equals(MediaType.OCI_CONFIG) || type.equals(MediaType.DOCKER_CONFIG)) {
                Optional<ChainId> chain = Optional.empty();
                for (DiffId diffId : new ImageDocuments(store.blobs()).config(manifest).diffIds()) {
                    chain = Optional.of(ChainId.extend(chain, diffId));
                    chains.add(chain.get());
                }
            }
        }
    }
}
