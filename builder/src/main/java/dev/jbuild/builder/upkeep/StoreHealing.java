package dev.jbuild.builder.upkeep;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.overlay.SnapshotDamage;
import dev.jbuild.overlay.SnapshotInUseException;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.check.Damage;
import dev.jbuild.store.check.NeededBy;
import dev.jbuild.store.check.StoreCheck;
import dev.jbuild.store.check.StoreRepair;
import dev.jbuild.store.check.StoreReport;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.Layer;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layer.LayerWriter;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Finds damage in all of a store, and mends it: blobs and images, the build cache, snapshots.
/// Tells each as a line: what, where, and how it can be had again.
public final class StoreHealing {
    /// Opens the snapshots when one is looked into.
    public interface Snapshots {
        Snapshotter open() throws IOException;
    }

    /// Gets again, from the registry of its name, what is missing of an image.
    public interface Registry {
        void fetchAgain(ImageReference name, Descriptor root)
                throws IOException, InterruptedException;
    }

    private final Store store;
    private final StepCache cache;
    private final TreeCache trees;
    private final StoreCheck check;
    private final Snapshots snapshots;
    private final Registry registry;
    private final Consumer<String> lines;
    private String extent = "";

    /// @param store the caller's own
    public StoreHealing(
            Store store, Snapshots snapshots, Registry registry, Consumer<String> lines) {
        this.store = store;
        this.cache = new StepCache(store);
        this.trees = new TreeCache(store);
        this.check = new StoreCheck(store);
        this.snapshots = snapshots;
        this.registry = registry;
        this.lines = lines;
    }

    /// What was looked at, as in `3 images, 12 blobs (1048576 bytes)`.
    public String extent() {
        return extent;
    }

    /// @return how many things are damaged
    public int check() throws IOException, InterruptedException {
        StoreReport report = look();
        report.damages().forEach(damage -> tell("damaged", damage, remedy(damage)));
        List<StepCache.Damage> records = cache.check();
        records.forEach(record -> lines.accept(line(record) + ": the step is executed again"));
        List<StepCache.Damage> read = trees.check();
        read.forEach(tree -> lines.accept(line(tree) + ": its layers are read again when needed"));
        try (SnapshotInventory inventory = inventory()) {
            List<SnapshotDamage> damaged = inventory.check();
            damaged.forEach(
                    damage -> lines.accept(line(damage) + ": it is unpacked again when needed"));
            return report.damages().size() + records.size() + read.size() + damaged.size();
        }
    }

    /// @return how many things are still damaged
    public int repair() throws IOException, InterruptedException {
        StoreRepair repair = new StoreRepair(store);
        for (Damage damage : look().damages()) {
            if (!(damage instanceof Damage.MissingBlob)) {
                Optional<String> done = repair.mend(damage);
                done.ifPresent(what -> tell("mended", damage, what));
            }
        }
        heal(repair);
        for (StepCache.Damage record : cache.check()) {
            cache.remove(record);
            lines.accept(line(record) + ": removed");
        }
        for (StepCache.Damage tree : trees.check()) {
            cache.remove(tree);
            lines.accept(line(tree) + ": removed");
        }
        int stuck = repairSnapshots();
        List<Damage> left = look().damages();
        left.forEach(damage -> tell("damaged", damage, lost(damage)));
        return left.size() + stuck;
    }

    private StoreReport look() throws IOException, InterruptedException {
        StoreReport report = check.run();
        extent =
                report.images()
                        + " images, "
                        + report.blobs()
                        + " blobs ("
                        + report.bytes()
                        + " bytes)";
        return report;
    }

    /// Parts of images that are missing: from the store itself, else from a registry, an image at a
    /// time.
    private void heal(StoreRepair repair) throws IOException, InterruptedException {
        for (Damage damage : look().damages()) {
            if (damage instanceof Damage.MissingBlob missing) {
                Optional<String> done = repair.mend(missing);
                if (done.isEmpty()) {
                    done = fromSnapshot(missing);
                }
                done.ifPresent(what -> tell("mended", missing, what));
            }
        }
        Set<NeededBy> tried = new HashSet<>();
        for (Damage damage : look().damages()) {
            for (NeededBy image : damage.images()) {
                if (tried.add(image) && image.name().isPresent()) {
                    pull(image, image.name().get());
                }
            }
        }
    }

    private void pull(NeededBy image, ImageReference name) throws InterruptedException {
        try {
            registry.fetchAgain(name, image.root());
            lines.accept("mended: image " + image + ": pulled again");
        } catch (IOException e) {
            lines.accept("image " + image + " can't be pulled again: " + e.getMessage());
        }
    }

    /// A snapshot is its layer: written out again by the same encoder it is the same blob.
    private Optional<String> fromSnapshot(Damage.MissingBlob missing) throws IOException {
        if (missing.chain().isEmpty()) {
            return Optional.empty();
        }
        Snapshotter snapshotter = snapshots.open();
        if (!snapshotter.exists(missing.chain().get())) {
            return Optional.empty();
        }
        LayerOptions how = LayerOptions.of(Compression.of(missing.part().mediaType()));
        try (LayerWriter writer = LayerWriter.open(store.blobs(), how)) {
            snapshotter.diff(missing.chain().get(), writer);
            Layer layer = writer.commit();
            return layer.descriptor().digest().equals(missing.part().digest())
                    ? Optional.of("made again from snapshot " + missing.chain().get())
                    : Optional.empty();
        } catch (IOException e) {
            lines.accept("snapshot " + missing.chain().get() + " is no help: " + e.getMessage());
            return Optional.empty();
        }
    }

    /// Again until nothing is found: the short name of a damaged snapshot is only known to belong
    /// to none when that is gone.
    ///
    /// @return how many can't be removed, as a build works on them
    private int repairSnapshots() throws IOException {
        Set<SnapshotDamage> stuck = new HashSet<>();
        try (SnapshotInventory inventory = inventory()) {
            Set<SnapshotDamage> seen = new HashSet<>();
            boolean progress = true;
            while (progress) {
                progress = false;
                for (SnapshotDamage damage : inventory.check()) {
                    progress |= seen.add(damage) && remove(inventory, damage, stuck);
                }
            }
        }
        return stuck.size();
    }

    private boolean remove(
            SnapshotInventory inventory, SnapshotDamage damage, Set<SnapshotDamage> stuck)
            throws IOException {
        try {
            inventory.repair(damage);
            lines.accept(line(damage) + ": removed");
            return true;
        } catch (SnapshotInUseException e) {
            lines.accept(line(damage) + ": " + e.getMessage());
            stuck.add(damage);
            return false;
        }
    }

    private SnapshotInventory inventory() {
        return SnapshotInventory.open(store.snapshotsDirectory());
    }

    private void tell(String state, Damage damage, String remedy) {
        lines.accept(
                state
                        + ": "
                        + damage.where()
                        + ": "
                        + damage.what()
                        + needed(damage)
                        + ": "
                        + remedy);
    }

    private static String line(StepCache.Damage record) {
        return "damaged: cache record '" + record.file() + "': " + record.what();
    }

    private static String line(SnapshotDamage damage) {
        return "damaged: snapshot '" + damage.path() + "': " + damage.what();
    }

    private static String needed(Damage damage) {
        return damage.images().isEmpty() || damage instanceof Damage.Mismatch
                ? ""
                : " (needed by " + names(damage) + ")";
    }

    private static String names(Damage damage) {
        return damage.images().stream().map(NeededBy::toString).collect(Collectors.joining(", "));
    }

    private static String remedy(Damage damage) {
        return switch (damage) {
            case Damage.BadBlob bad ->
                    bad.images().isEmpty()
                            ? "no image needs it; jbuild fsck --repair puts it aside"
                            : "jbuild fsck --repair gets it again, or " + lost(bad);
            case Damage.MissingBlob missing ->
                    "jbuild fsck --repair gets it again, or " + lost(missing);
            case Damage.Mismatch mismatch -> lost(mismatch);
            case Damage.BadIndex _ -> "jbuild fsck --repair restores the names";
            case Damage.BadLayout _ -> "jbuild fsck --repair writes it again";
            case Damage.BadLayerRecord _ -> "jbuild fsck --repair corrects it";
            case Damage.Stray _ -> "jbuild fsck --repair puts it aside";
        };
    }

    private static String lost(Damage damage) {
        return damage.images().isEmpty() ? "remove it" : "pull or build again " + names(damage);
    }
}
