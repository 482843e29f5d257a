package dev.jbuild.builder.upkeep;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.builder.upkeep.PruneRequest.Kind;
import dev.jbuild.builder.upkeep.PruneRequest.Reach;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Chooses what goes. Of what was used at about the same time, snapshots and trees go before
/// results, as they can be unpacked or read again where a result has to be computed.
final class PrunePlanner {
    /// What was just made may be about to be used: an image without a name, by its digest.
    private static final Duration GRACE = Duration.ofHours(1);

    private final StoreContents contents;
    private final PruneRequest request;
    private final Instant unusedSince;
    private final Instant now = Instant.now();
    private final long quarantined;

    private final List<StepCache.Entry> results = new ArrayList<>();
    private final List<TreeCache.Entry> trees = new ArrayList<>();
    private final List<StoredSnapshot> snapshots = new ArrayList<>();
    private final List<Stored> blobs = new ArrayList<>();
    private final Map<Digest, Stored> stored = new HashMap<>();
    private final Map<Digest, Integer> references = new HashMap<>();
    private long total;
    private long cache;

    private sealed interface Item {
        Instant lastUsed();

        record Result(StepCache.Entry entry) implements Item {
            @Override
            public Instant lastUsed() {
                return entry.lastUsed();
            }
        }

        record Tree(TreeCache.Entry entry) implements Item {
            @Override
            public Instant lastUsed() {
                return entry.lastUsed();
            }
        }

        /// @param lastUsed of it or of one that stands on it
        /// @param depth how many it stands on
        record Snapshot(StoredSnapshot entry, Instant lastUsed, int depth) implements Item {}
    }

    PrunePlanner(
            StoreContents contents, PruneRequest request, Instant unusedSince, long quarantined) {
        this.contents = contents;
        this.request = request;
        this.unusedSince = unusedSince;
        this.quarantined = quarantined;
    }

    PrunePlan plan() {
        count();
        total -= quarantined;
        addUnused();
        List<Item> items = new ArrayList<>();
        if (request.has(Kind.CACHE) && (isAll() || request.unusedFor().isPresent())) {
            contents.results().forEach(entry -> items.add(new Item.Result(entry)));
            contents.trees().forEach(entry -> items.add(new Item.Tree(entry)));
        }
        if (request.has(Kind.SNAPSHOTS)) {
            addSnapshots(items);
        }
        items.removeIf(item -> !isOld(item.lastUsed()));
        items.sort(ORDER);
        for (Item item : items) {
            if (!request.isBounded() || isOver()) {
                take(item);
            }
        }
        return new PrunePlan(results, trees, snapshots, blobs, quarantined, total);
    }

    private void count() {
        for (Stored blob : contents.blobs()) {
            stored.put(blob.digest(), blob);
            total += blob.size();
        }
        for (StepCache.Entry result : contents.results()) {
            layer(result).ifPresent(layer -> references.merge(layer, 1, Integer::sum));
            total += result.bytes();
            cache += result.bytes();
        }
        for (Digest layer : references.keySet()) {
            Stored blob = stored.get(layer);
            cache += blob == null || contents.isOfImage(layer) ? 0 : blob.size();
        }
        for (TreeCache.Entry tree : contents.trees()) {
            total += tree.bytes();
            cache += tree.bytes();
        }
        for (StoredSnapshot snapshot : contents.snapshots()) {
            total += snapshot.bytes();
            cache += snapshot.bytes();
        }
        total += quarantined;
    }

    private void addUnused() {
        if (!request.has(Kind.IMAGES)) {
            return;
        }
        boolean atOnce = isAll() && !request.isBounded();
        Duration grace = request.unusedFor().orElse(atOnce ? Duration.ZERO : GRACE);
        for (Stored blob : contents.blobs()) {
            boolean needed =
                    contents.isOfImage(blob.digest()) || references.containsKey(blob.digest());
            boolean recent =
                    blob.lastUsed().isAfter(unusedSince)
                            || blob.lastUsed().isAfter(now.minus(grace));
            if (!needed && !recent) {
                blobs.add(blob);
                total -= blob.size();
            }
        }
    }

    private void addSnapshots(List<Item> items) {
        boolean needless = !isAll() && request.unusedFor().isEmpty();
        Map<String, Map<ChainId, StoredSnapshot>> byKind = new HashMap<>();
        for (StoredSnapshot snapshot : contents.snapshots()) {
            byKind.computeIfAbsent(snapshot.kind(), _ -> new HashMap<>())
                    .put(snapshot.id(), snapshot);
        }
        for (var ofKind : byKind.values()) {
            Map<ChainId, Instant> lastUsed = new HashMap<>();
            Set<ChainId> needed = new HashSet<>();
            Map<ChainId, Integer> depths = new HashMap<>();
            for (StoredSnapshot top : ofKind.values()) {
                boolean keep = needless && contents.chains().contains(top.id());
                int depth = 0;
                for (StoredSnapshot at = top; at != null; at = below(ofKind, at, depth++)) {
                    lastUsed.merge(at.id(), top.lastUsed(), (a, b) -> a.isAfter(b) ? a : b);
                    if (keep) {
                        needed.add(at.id());
                    }
                }
                depths.put(top.id(), depth);
            }
            for (StoredSnapshot snapshot : ofKind.values()) {
                if (!needed.contains(snapshot.id())) {
                    items.add(
                            new Item.Snapshot(
                                    snapshot,
                                    lastUsed.getOrDefault(snapshot.id(), snapshot.lastUsed()),
                                    depths.getOrDefault(snapshot.id(), 0)));
                }
            }
        }
    }

    private static @org.jspecify.annotations.Nullable StoredSnapshot below(
            Map<ChainId, StoredSnapshot> all, StoredSnapshot at, int depth) {
        return at.parent().isEmpty() || depth > all.size() ? null : all.get(at.parent().get());
    }

    private void take(Item item) {
        switch (item) {
            case Item.Snapshot snapshot -> {
                snapshots.add(snapshot.entry());
                free(snapshot.entry().bytes());
            }
            case Item.Tree tree -> {
                trees.add(tree.entry());
                free(tree.entry().bytes());
            }
            case Item.Result result -> {
                results.add(result.entry());
                free(result.entry().bytes());
                layer(result.entry()).ifPresent(this::release);
            }
        }
    }

    private void release(Digest layer) {
        int left = references.merge(layer, -1, Integer::sum);
        Stored blob = stored.get(layer);
        if (left == 0 && blob != null && !contents.isOfImage(layer) && isOld(blob.lastUsed())) {
            blobs.add(blob);
            free(blob.size());
        }
    }

    private void free(long bytes) {
        total -= bytes;
        cache -= bytes;
    }

    private boolean isOver() {
        boolean storeOver = request.limit().isPresent() && total > request.limit().getAsLong();
        boolean cacheOver =
                request.keepCache().isPresent() && cache > request.keepCache().getAsLong();
        return storeOver || cacheOver;
    }

    private boolean isAll() {
        return request.reach() == Reach.ALL;
    }

    private boolean isOld(Instant lastUsed) {
        return !lastUsed.isAfter(unusedSince)
                && request.unusedFor().filter(age -> lastUsed.isAfter(now.minus(age))).isEmpty();
    }

    private static Optional<Digest> layer(StepCache.Entry result) {
        return result.record().layer().map(layer -> layer.descriptor().digest());
    }

    private static final Comparator<Item> ORDER =
            Comparator.comparingLong(PrunePlanner::period)
                    .thenComparing(item -> item instanceof Item.Result)
                    .thenComparing(PrunePlanner::depth, Comparator.reverseOrder())
                    .thenComparing(Item::lastUsed);

    /// Times of last use are not more precise than that.
    private static long period(Item item) {
        return item.lastUsed().getEpochSecond() / DirectoryBlobStore.RENEWAL.toSeconds();
    }

    private static int depth(Item item) {
        return switch (item) {
            case Item.Snapshot snapshot -> snapshot.depth();
            case Item.Result _, Item.Tree _ -> 0;
        };
    }
}
