package dev.jbuild.builder.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import dev.jbuild.store.FileSizes;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What takes how much space in a store, every blob counted once: for an image if one needs it,
/// else for the cache if a result needs it, else as unused.
///
/// @param parts in the order in which they are shown
public record StoreUsage(List<Part> parts) {

    /// @param reclaimable the bytes that pruning everything would free
    public record Part(String type, int count, long size, long reclaimable) {}

    public StoreUsage {
        parts = List.copyOf(parts);
    }

    public static StoreUsage of(Store store) throws IOException {
        try (SnapshotInventory snapshots = SnapshotInventory.open(store.snapshotsDirectory())) {
            StoreContents contents = StoreContents.of(store, snapshots);
            return new StoreUsage(parts(store, contents));
        }
    }

    public long size() {
        return parts.stream().mapToLong(Part::size).sum();
    }

    public long reclaimable() {
        return parts.stream().mapToLong(Part::reclaimable).sum();
    }

    private static List<Part> parts(Store store, StoreContents contents) throws IOException {
        Set<Digest> cached = contents.cached();
        long documents = 0;
        long layers = 0;
        int layerCount = 0;
        long cache = contents.results().stream().mapToLong(result -> result.bytes()).sum();
        cache += contents.trees().stream().mapToLong(tree -> tree.bytes()).sum();
        long unused = 0;
        int unusedCount = 0;
        for (Stored blob : contents.blobs()) {
            if (contents.layers().contains(blob.digest())) {
                layers += blob.size();
                layerCount++;
            } else if (contents.documents().contains(blob.digest())) {
                documents += blob.size();
            } else if (cached.contains(blob.digest())) {
                cache += blob.size();
            } else {
                unused += blob.size();
                unusedCount++;
            }
        }
        long snapshots = contents.snapshots().stream().mapToLong(StoredSnapshot::bytes).sum();
        FileSizes temp = temp(store);
        List<Part> parts = new ArrayList<>();
        parts.add(new Part("images", contents.images(), documents, 0));
        parts.add(new Part("layers", layerCount, layers, 0));
        parts.add(
                new Part(
                        "cache",
                        contents.results().size() + contents.trees().size(),
                        cache,
                        cache));
        parts.add(new Part("snapshots", contents.snapshots().size(), snapshots, snapshots));
        parts.add(new Part("unused", unusedCount, unused, unused));
        parts.add(new Part("temp", temp.files(), temp.bytes(), 0));
        FileSizes damaged = FileSizes.of(store.quarantineDirectory());
        parts.add(new Part("quarantine", damaged.files(), damaged.bytes(), damaged.bytes()));
        return parts;
    }

    /// The work of living processes, as that of others was swept when the store was opened.
    private static FileSizes temp(Store store) throws IOException {
        FileSizes sizes = new FileSizes(0, 0);
        try (var spaces =
                Files.newDirectoryStream(store.root().resolve("tmp"), Files::isDirectory)) {
            for (Path space : spaces) {
                if (!space.equals(store.temp().directory())) {
                    sizes = sizes.plus(FileSizes.of(space));
                }
            }
        }
        for (String kind : List.of("overlay", "copy")) {
            sizes =
                    sizes.plus(
                            FileSizes.of(
                                    store.snapshotsDirectory().resolve(kind).resolve("active")));
        }
        return sizes;
    }
}
