package dev.jbuild.cli;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Platform;
import dev.jbuild.overlay.SnapshotInUseException;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.store.BlobSweep;
import dev.jbuild.store.ImageDocuments;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.layout.GarbageCollector;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

final class PruneCommand implements Command {
    /// What a build in another process has just made and not named yet must stay.
    private static final Duration GRACE = Duration.ofHours(1);

    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addOption(
                        Options.flag(
                                "the build cache and all snapshots too, at once", "--all", "-a"))
                .addOption(Options.flag("only tell what would be removed", "--dry-run"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException {
        boolean all = Options.isSet(args, "--all");
        boolean dryRun = Options.isSet(args, "--dry-run");
        try (Store store = session.openStore()) {
            StepCache cache = new StepCache(store.cacheDirectory().resolve("steps"), store.blobs());
            if (all && !dryRun) {
                cache.clear();
            }
            List<Descriptor> kept = all ? List.of() : cache.layers();
            int snapshots = removeSnapshots(session, store, all, dryRun);
            BlobSweep.Swept swept =
                    new GarbageCollector(store).collect(kept, all ? Duration.ZERO : GRACE, dryRun);
            session.console()
                    .out()
                    .println(
                            (dryRun ? "would remove " : "removed ")
                                    + swept.blobs().size()
                                    + " blobs ("
                                    + Sizes.text(swept.bytes())
                                    + ") and "
                                    + snapshots
                                    + " snapshots");
            return ExitCode.OK.code();
        }
    }

    /// Removes the snapshots that no image of the store needs; they can be made again from its
    /// layers. Children go before what they stand on.
    private static int removeSnapshots(Session session, Store store, boolean all, boolean dryRun)
            throws IOException {
        Snapshotter snapshots = session.openSnapshots(store);
        Set<ChainId> removable = new HashSet<>(snapshots.list());
        if (!all) {
            removable.removeAll(needed(store));
        }
        if (dryRun) {
            return removable.size();
        }
        int removed = 0;
        boolean progress = true;
        while (progress && !removable.isEmpty()) {
            progress = false;
            for (ChainId id : new ArrayList<>(removable)) {
                if (remove(snapshots, id)) {
                    removable.remove(id);
                    removed++;
                    progress = true;
                }
            }
        }
        return removed;
    }

    /// @return false if another snapshot stands on it, or a build uses it
    private static boolean remove(Snapshotter snapshots, ChainId id) throws IOException {
        try {
            snapshots.remove(id);
            return true;
        } catch (SnapshotInUseException e) {
            return false;
        }
    }

    private static Set<ChainId> needed(Store store) throws IOException {
        Set<ChainId> needed = new HashSet<>();
        ImageDocuments documents = new ImageDocuments(store.blobs());
        for (NamedImage image : store.images().list()) {
            Optional<ChainId> chain = Optional.empty();
            for (var diffId :
                    documents.image(image.descriptor(), Platform.host()).config().diffIds()) {
                chain = Optional.of(ChainId.extend(chain, diffId));
                needed.add(chain.get());
            }
        }
        return needed;
    }
}
