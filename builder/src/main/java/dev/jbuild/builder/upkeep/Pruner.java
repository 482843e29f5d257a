package dev.jbuild.builder.upkeep;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.SnapshotInUseException;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.BlobSweep;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import dev.jbuild.store.EntryHold;
import dev.jbuild.store.FileSizes;
import dev.jbuild.store.FileTrees;
import dev.jbuild.store.layout.GarbageCollector;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Removes from a store what can go. Safe beside builds and pulls of other processes: what they may
/// rely on stays (see [EntryHold]).
public final class Pruner implements AutoCloseable {
    private final Store store;
    private final StepCache cache;
    private final TreeCache trees;
    private final SnapshotInventory snapshots;

    private Pruner(Store store, SnapshotInventory snapshots) {
        this.store = store;
        this.cache = new StepCache(store);
        this.trees = new TreeCache(store);
        this.snapshots = snapshots;
    }

    /// @param store stays the caller's to close
    public static Pruner open(Store store) {
        return new Pruner(store, SnapshotInventory.open(store.snapshotsDirectory()));
    }

    /// What would go now.
    ///
    /// @throws IOException if an image's manifest or configuration is damaged or missing, as it
    ///     can't be told then what it needs
    public PrunePlan plan(PruneRequest request) throws IOException {
        Instant unusedSince;
        try (EntryHold hold = store.blobs().holdEntry()) {
            unusedSince = hold.unusedSince();
        }
        StoreContents contents = StoreContents.of(store, snapshots);
        if (!contents.intact()) {
            new GarbageCollector(store).mark(List.of());
            throw new IOException(
                    "the configuration of an image is damaged or missing, so it can't be told what"
                            + " it needs: jbuild fsck names it");
        }
        long quarantined = FileSizes.of(store.quarantineDirectory()).bytes();
        return new PrunePlanner(contents, request, unusedSince, quarantined).plan();
    }

    /// Removes what a plan says, unless it was used meanwhile.
    ///
    /// @return what has gone
    public PrunePlan carryOut(PrunePlan plan) throws IOException {
        List<StepCache.Entry> results = new ArrayList<>();
        List<TreeCache.Entry> forgotten = new ArrayList<>();
        List<StoredSnapshot> removed = new ArrayList<>();
        try (EntryHold hold = store.blobs().holdEntry()) {
            for (StepCache.Entry result : plan.results()) {
                if (cache.remove(result.key(), result.lastUsed())) {
                    results.add(result);
                }
            }
            for (TreeCache.Entry tree : plan.trees()) {
                if (trees.remove(tree.id(), tree.lastUsed())) {
                    forgotten.add(tree);
                }
            }
            for (StoredSnapshot snapshot : plan.snapshots()) {
                if (remove(snapshot, hold.unusedSince())) {
                    removed.add(snapshot);
                }
            }
        }
        List<Stored> blobs = removeBlobs(plan.blobs());
        new GarbageCollector(store).forgetLayers();
        FileTrees.delete(store.quarantineDirectory());
        long before = plan.left() + plan.bytes();
        PrunePlan gone =
                new PrunePlan(results, forgotten, removed, blobs, plan.quarantined(), before);
        return new PrunePlan(
                results, forgotten, removed, blobs, plan.quarantined(), before - gone.bytes());
    }

    private boolean remove(StoredSnapshot snapshot, Instant unusedSince) throws IOException {
        Instant planned = snapshot.lastUsed();
        try {
            return snapshots.remove(
                    snapshot, planned.isBefore(unusedSince) ? planned : unusedSince);
        } catch (SnapshotInUseException e) {
            return false;
        }
    }

    /// Those that nothing needs now: since the plan was made, an image or a result may have come.
    private List<Stored> removeBlobs(List<Stored> planned) throws IOException {
        if (planned.isEmpty()) {
            return List.of();
        }
        Map<Digest, Stored> candidates = new HashMap<>();
        planned.forEach(blob -> candidates.put(blob.digest(), blob));
        BlobSweep.Swept swept =
                new BlobSweep(store.blobs())
                        .sweep(() -> others(candidates.keySet()), Duration.ZERO, false);
        return swept.blobs().stream().map(candidates::get).toList();
    }

    private Set<Digest> others(Set<Digest> candidates) throws IOException {
        Set<Digest> kept;
        try (Stream<Digest> all = store.blobs().list()) {
            kept =
                    all.filter(blob -> !candidates.contains(blob))
                            .collect(Collectors.toCollection(HashSet::new));
        }
        kept.addAll(new GarbageCollector(store).mark(cache.layers()));
        return kept;
    }

    @Override
    public void close() throws IOException {
        snapshots.close();
    }
}
