package dev.jbuild.builder.compare;

import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Compares the files of two layers, whatever order they stand in; of a path that is there twice
/// the last one counts, as it does for who unpacks it. Each layer is read once, and once more for
/// the bytes that differ.
///
/// At most `maxEntries` entries of a layer are held. A layer of more is read once for each part of
/// its paths, divided by their hashes.
final class LayerComparison {
    /// About 60 MB of both layers together.
    private static final int MAX_ENTRIES = 100_000;

    private final int limit;
    private final int maxEntries;

    LayerComparison(int limit) {
        this(limit, MAX_ENTRIES);
    }

    /// @param limit how many differing files are described
    LayerComparison(int limit, int maxEntries) {
        this.limit = limit;
        this.maxEntries = maxEntries;
    }

    /// @param first those described, in order of their paths
    record Files(List<FileDifference> first, long differing) {}

    /// Two entries of a path, of which one may be missing.
    private record Pair(Optional<LayerListing.Item> first, Optional<LayerListing.Item> second) {

        boolean isEqual() {
            return first.isPresent() && second.isPresent() && first.get().isSame(second.get());
        }
    }

    Files compare(LayerBlob first, LayerBlob second) throws IOException {
        NavigableMap<EntryPath, Pair> kept = new TreeMap<>();
        long differing = 0;
        int parts = 1;
        int part = 0;
        while (part < parts) {
            Optional<LayerListing> a = LayerListing.read(first, part, parts, maxEntries);
            Optional<LayerListing> b =
                    a.isEmpty()
                            ? Optional.empty()
                            : LayerListing.read(second, part, parts, maxEntries);
            if (a.isEmpty() || b.isEmpty()) {
                parts *= 2;
                part = 0;
                differing = 0;
                kept.clear();
            } else {
                differing += collect(a.get().items(), b.get().items(), kept);
                part++;
            }
        }
        return new Files(describe(kept, first, second), differing);
    }

    /// @return how many differ
    private long collect(
            Map<EntryPath, LayerListing.Item> first,
            Map<EntryPath, LayerListing.Item> second,
            NavigableMap<EntryPath, Pair> kept) {
        Set<EntryPath> paths = new HashSet<>(first.keySet());
        paths.addAll(second.keySet());
        long differing = 0;
        for (EntryPath path : paths) {
            Pair pair =
                    new Pair(
                            Optional.ofNullable(first.get(path)),
                            Optional.ofNullable(second.get(path)));
            if (!pair.isEqual()) {
                differing++;
                kept.put(path, pair);
                if (kept.size() > limit) {
                    kept.pollLastEntry();
                }
            }
        }
        return differing;
    }

    private static List<FileDifference> describe(
            Map<EntryPath, Pair> pairs, LayerBlob first, LayerBlob second) throws IOException {
        Map<EntryPath, ByteDifference> bytes = ContentComparison.of(contents(pairs), first, second);
        List<FileDifference> files = new ArrayList<>();
        for (Map.Entry<EntryPath, Pair> entry : pairs.entrySet()) {
            Optional<TarEntry> a = entry.getValue().first().map(LayerListing.Item::entry);
            Optional<TarEntry> b = entry.getValue().second().map(LayerListing.Item::entry);
            files.add(
                    new FileDifference(
                            entry.getKey(),
                            EntryComparison.changes(
                                    a, b, Optional.ofNullable(bytes.get(entry.getKey())))));
        }
        return files;
    }

    /// The files whose contents have to be read again.
    private static List<ContentComparison.Content> contents(Map<EntryPath, Pair> pairs) {
        List<ContentComparison.Content> contents = new ArrayList<>();
        for (Map.Entry<EntryPath, Pair> entry : pairs.entrySet()) {
            Pair pair = entry.getValue();
            if (pair.first().isPresent() && pair.second().isPresent()) {
                LayerListing.Item a = pair.first().get();
                LayerListing.Item b = pair.second().get();
                if (a.isFile() && b.isFile() && !a.hasSameContent(b)) {
                    contents.add(
                            new ContentComparison.Content(
                                    entry.getKey(), a.position(), b.position()));
                }
            }
        }
        return contents;
    }
}
