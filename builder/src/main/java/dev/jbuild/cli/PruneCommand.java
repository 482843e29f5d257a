package dev.jbuild.cli;

import dev.jbuild.builder.solve.StepCache;
import dev.jbuild.builder.solve.TreeCache;
import dev.jbuild.builder.upkeep.PrunePlan;
import dev.jbuild.builder.upkeep.PruneRequest;
import dev.jbuild.builder.upkeep.PruneRequest.Kind;
import dev.jbuild.builder.upkeep.PruneRequest.Reach;
import dev.jbuild.builder.upkeep.Pruner;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.DirectoryBlobStore.Stored;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/// Removes what can be made again or is of no use. Images with a name stay whole.
final class PruneCommand implements Command {
    private static final List<String> TYPES = List.of("images", "cache", "snapshots");

    @Override
    public CommandSpec spec() {
        return CommandSpec.create()
                .addOption(Options.flag("the build cache and all snapshots, too", "--all", "-a"))
                .addOption(
                        Options.values(
                                "KEY=VALUE",
                                "until=24h (or a time): only what was not used for so long, of the"
                                        + " build cache and all snapshots, too; type=images, cache"
                                        + " or snapshots: only these (repeatable)",
                                "--filter"))
                .addOption(
                        Options.value(
                                "SIZE",
                                "remove least recently used results and snapshots until they take"
                                        + " no more than this, such as 10GB",
                                "--keep-storage"))
                .addOption(Options.flag("only tell what would be removed", "--dry-run"));
    }

    @Override
    public int run(ParseResult args, Session session) throws IOException, UsageException {
        PruneRequest request = request(args);
        boolean dryRun = Options.isSet(args, "--dry-run");
        PrintStream out = session.console().out();
        try (Store store = session.openStore();
                Pruner pruner = Pruner.open(store)) {
            PrunePlan plan = pruner.plan(request);
            if (dryRun) {
                tell(plan, out);
            }
            PrunePlan told = dryRun ? plan : pruner.carryOut(plan);
            out.println((dryRun ? "would remove " : "removed ") + summary(told));
            return ExitCode.OK.code();
        }
    }

    /// As in `3 blobs, 2 cache results and 1 snapshot (12.3 MB)`.
    static String summary(PrunePlan plan) {
        return plan.blobs().size()
                + " blobs, "
                + (plan.results().size() + plan.trees().size())
                + " cache results and "
                + plan.snapshots().size()
                + " snapshots ("
                + Sizes.text(plan.bytes())
                + ")";
    }

    private static void tell(PrunePlan plan, PrintStream out) {
        for (StepCache.Entry result : plan.results()) {
            out.println(line("result " + result.key().digest(), result.bytes(), result.lastUsed()));
        }
        for (TreeCache.Entry tree : plan.trees()) {
            out.println(line("tree of " + tree.id(), tree.bytes(), tree.lastUsed()));
        }
        for (StoredSnapshot snapshot : plan.snapshots()) {
            out.println(line("snapshot " + snapshot.id(), snapshot.bytes(), snapshot.lastUsed()));
        }
        for (Stored blob : plan.blobs()) {
            out.println(line("blob " + blob.digest(), blob.size(), blob.lastUsed()));
        }
        if (plan.quarantined() > 0) {
            out.println("damaged blobs put aside by fsck, " + Sizes.text(plan.quarantined()));
        }
    }

    private static String line(String what, long bytes, Instant lastUsed) {
        return what + ", " + Sizes.text(bytes) + ", last used " + Times.text(lastUsed);
    }

    private static PruneRequest request(ParseResult args) throws UsageException {
        Set<Kind> kinds = EnumSet.noneOf(Kind.class);
        Optional<Duration> unusedFor = Optional.empty();
        for (String filter : Options.values(args, "--filter")) {
            int equals = filter.indexOf('=');
            String key = equals < 0 ? filter : filter.substring(0, equals);
            String value = equals < 0 ? "" : filter.substring(equals + 1);
            switch (key) {
                case "until" -> unusedFor = Optional.of(Ages.parse(value, Instant.now()));
                case "type" -> kinds.add(kind(value));
                default ->
                        throw new UsageException(
                                "--filter " + filter + ": it is until=24h or type=cache");
            }
        }
        String keep = args.matchedOptionValue("--keep-storage", "");
        boolean all = Options.isSet(args, "--all") || !keep.isEmpty() || kinds.contains(Kind.CACHE);
        return new PruneRequest(
                kinds.isEmpty() ? EnumSet.allOf(Kind.class) : kinds,
                all ? Reach.ALL : Reach.LEFTOVERS,
                unusedFor,
                keep.isEmpty()
                        ? OptionalLong.empty()
                        : OptionalLong.of(Sizes.parse("--keep-storage", keep)),
                OptionalLong.empty());
    }

    private static Kind kind(String word) throws UsageException {
        if (!TYPES.contains(word)) {
            throw new UsageException(
                    "--filter type=" + word + ": it is one of " + String.join(", ", TYPES));
        }
        return Kind.valueOf(word.toUpperCase(Locale.ROOT));
    }
}
