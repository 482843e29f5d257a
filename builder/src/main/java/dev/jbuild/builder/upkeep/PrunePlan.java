package dev.jbuild.builder.upkeep;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import java.util.List;

/// What is to go, or has gone.
///
/// @param snapshots in an order in which they can be removed
/// @param quarantined bytes of damaged files that were put aside
/// @param left what the store takes afterwards, in bytes
public record PrunePlan(
        List<StepCache.Entry> results,
        List<TreeCache.Entry> trees,
        List<StoredSnapshot> snapshots,
        List<Stored> blobs,
        long quarantined,
        long left) {
    public PrunePlan {
        results = List.copyOf(results);
        trees = List.copyOf(trees);
        snapshots = List.copyOf(snapshots);
        blobs = List.copyOf(blobs);
    }

    /// The bytes that this frees.
    public long bytes() {
        return results.stream().mapToLong(StepCache.Entry::bytes).sum()
                + trees.stream().mapToLong(TreeCache.Entry::bytes).sum()
                + snapshots.stream().mapToLong(StoredSnapshot::bytes).sum()
                + blobs.stream().mapToLong(Stored::size).sum()
                + quarantined;
    }
}
