package dev.jbuild.registry.server.admin;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccountFiles;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.transfer.Exporter;
import dev.jbuild.registry.server.transfer.Importer;
import dev.jbuild.registry.server.upkeep.Backup;
import dev.jbuild.registry.server.upkeep.Collected;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.Retention;
import dev.jbuild.registry.server.upkeep.ScrubReport;
import dev.jbuild.registry.server.upkeep.Scrubber;
import dev.jbuild.registry.server.upkeep.Sizes;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Carries commands out, in a server that runs or on a root that no server has.
public final class Administrator {
    private static final int MOST_PREVIEWED = 10_000;

    private final Path root;
    private final Metadata metadata;
    private final GarbagePolicy policy;
    private final Upkeep upkeep;
    private final AtomicBoolean readOnly;
    private final Stop stop;
    private final RulesReader rules;

    /// Reads the rules about tags from a configuration file.
    public interface RulesReader {
        /// @throws IOException also if the file is not as it has to be; the message says where
        RetentionPolicy read(Path config) throws IOException;
    }

    /// What commands are carried out with.
    public record Upkeep(
            GarbageCollector garbage,
            Scrubber scrubber,
            Backup backup,
            Exporter exporter,
            Importer importer) {}

    /// @param root the registry's directory
    /// @param stop ends what takes long
    public Administrator(
            Path root,
            Metadata metadata,
            GarbagePolicy policy,
            Upkeep upkeep,
            AtomicBoolean readOnly,
            Stop stop,
            RulesReader rules) {
        this.root = root;
        this.metadata = metadata;
        this.policy = policy;
        this.upkeep = upkeep;
        this.readOnly = readOnly;
        this.stop = stop;
        this.rules = rules;
    }

    /// @param out takes lines for the operator
    /// @return whether all is well
    public boolean run(AdminCommand command, Consumer<String> out)
            throws IOException, InterruptedException {
        return switch (command) {
            case AdminCommand.Gc(boolean dryRun) -> gc(dryRun, out);
            case AdminCommand.PreviewRetention(Optional<Path> config) -> retention(config, out);
            case AdminCommand.Scrub(long bytesPerSecond) -> scrub(bytesPerSecond, out);
            case AdminCommand.MakeBackup(Path directory, boolean accounts) ->
                    backup(directory, accounts, out);
            case AdminCommand.Export export -> export(export, out);
            case AdminCommand.Import(Path layout, Optional<RepositoryName> into) ->
                    importing(layout, into, out);
            case AdminCommand.Reindex _ -> {
                out.accept("the index is in use and sound; there is nothing to be made anew");
                yield false;
            }
            case AdminCommand.Restore _ -> {
                out.accept("there is a registry already; restore into another --root");
                yield false;
            }
            case AdminCommand.Status() -> status(out);
            case AdminCommand.ReadOnly(boolean on) -> readOnly(on, out);
        };
    }

    private boolean gc(boolean dryRun, Consumer<String> out)
            throws IOException, InterruptedException {
        Tally tally = new Tally(dryRun, out);
        if (dryRun) {
            new Retention(metadata, policy.retention()).preview(tally::foresee);
            GarbageCollector.preview(metadata.garbage(), policy, MOST_PREVIEWED, tally);
        } else {
            upkeep.garbage().collect(tally, stop);
        }
        out.accept(tally.summary());
        return true;
    }

    private boolean retention(Optional<Path> config, Consumer<String> out) throws IOException {
        RetentionPolicy retention =
                config.isPresent() ? rules.read(config.get()) : policy.retention();
        if (retention.rules().isEmpty()) {
            out.accept("no rule lets tags go; see 'retention' in the configuration");
            return true;
        }
        AtomicInteger going = new AtomicInteger();
        AtomicInteger staying = new AtomicInteger();
        new Retention(metadata, retention)
                .preview(
                        tag -> {
                            (tag instanceof Retention.Foreseen.Goes ? going : staying)
                                    .incrementAndGet();
                            out.accept(line(tag));
                        });
        out.accept("now would go: " + going + " tags; " + staying + " that rules speak of stay");
        return true;
    }

    private static String line(Retention.Foreseen tag) {
        return switch (tag) {
            case Retention.Foreseen.Goes goes ->
                    "would delete tag '"
                            + goes.tag()
                            + "' of '"
                            + goes.repository()
                            + (goes.last() ? "' and later its manifest " : "', not its manifest ")
                            + goes.manifest()
                            + ": "
                            + goes.why();
            case Retention.Foreseen.Stays stays ->
                    "keeps tag '"
                            + stays.tag()
                            + "' of '"
                            + stays.repository()
                            + "': "
                            + stays.why();
        };
    }

    private boolean scrub(long bytesPerSecond, Consumer<String> out)
            throws IOException, InterruptedException {
        ScrubReport report = new ScrubReport(out);
        Scrubber.Scrubbed scrubbed = upkeep.scrubber().scrub(bytesPerSecond, report, stop);
        out.accept(report.summary(scrubbed));
        return report.wrong() == 0 && scrubbed.whole();
    }

    /// Users and keys first: a copy without them that should have some would be open to everyone.
    private boolean backup(Path directory, boolean accounts, Consumer<String> out)
            throws IOException {
        Backup.requireUnserved(directory, root);
        Backup.prepare(directory);
        boolean any = false;
        if (accounts) {
            any = AccountFiles.backUp(root, directory);
        } else {
            AccountFiles.remove(directory);
        }
        Backup.Copied copied =
                upkeep.backup()
                        .into(
                                directory,
                                digest ->
                                        out.accept(
                                                "lost: "
                                                        + digest
                                                        + "; the copy lacks it: push it again"));
        out.accept(
                copied.files()
                        + " files copied ("
                        + Sizes.of(copied.bytes())
                        + "), "
                        + copied.collected()
                        + " deleted meanwhile, "
                        + copied.removed()
                        + " removed that were deleted since the last time, "
                        + copied.lost()
                        + " lost; serve it with --root "
                        + directory);
        out.accept(
                any
                        ? "with users, keys and the key of tokens: keep it as you keep those"
                        : "without users and keys");
        return copied.lost() == 0;
    }

    private boolean export(AdminCommand.Export export, Consumer<String> out) throws IOException {
        Exporter.Exported done =
                upkeep.exporter()
                        .export(
                                name ->
                                        export.repositories().isEmpty()
                                                || export.repositories().stream()
                                                        .anyMatch(pattern -> pattern.matches(name)),
                                export.output(),
                                out,
                                stop);
        out.accept(
                done.repositories()
                        + " repositories exported: "
                        + done.manifests()
                        + " manifests, "
                        + done.tags()
                        + " tags, "
                        + done.files()
                        + " files ("
                        + Sizes.of(done.bytes())
                        + ")"
                        + (done.left() == 0 ? "" : "; " + done.left() + " manifests left out"));
        return done.left() == 0;
    }

    private boolean importing(Path layout, Optional<RepositoryName> into, Consumer<String> out)
            throws IOException {
        if (readOnly.get()) {
            out.accept("the registry is read-only; 'read-only off' lets it take something in");
            return false;
        }
        Importer.Imported done = upkeep.importer().run(layout, into, stop);
        out.accept(
                done.repositories()
                        + " repositories imported: "
                        + done.manifests()
                        + " manifests, "
                        + done.tags()
                        + " tags, "
                        + done.contents()
                        + " files, of which "
                        + done.files()
                        + " were not here ("
                        + Sizes.of(done.bytes())
                        + ")");
        return true;
    }

    private boolean status(Consumer<String> out) throws IOException {
        Metadata.Totals totals = metadata.totals();
        out.accept("repositories " + totals.repositories());
        out.accept("manifests " + totals.manifests());
        out.accept("tags " + totals.tags());
        out.accept("blobs " + totals.blobs() + " (" + Sizes.of(totals.bytes()) + ")");
        out.accept("read-only " + (readOnly.get() ? "on" : "off"));
        return true;
    }

    private boolean readOnly(boolean on, Consumer<String> out) {
        readOnly.set(on);
        out.accept(
                on
                        ? "read-only: pushes and deletes are refused until 'read-only off' or a"
                                + " restart"
                        : "pushes and deletes are taken");
        return true;
    }

    /// Tells what is collected, a line each, and adds up.
    private static final class Tally implements Consumer<Collected> {
        private final boolean dryRun;
        private final Consumer<String> out;
        private long tags;
        private long manifests;
        private long blobs;
        private long putAside;
        private long removed;
        private long removedBytes;

        Tally(boolean dryRun, Consumer<String> out) {
            this.dryRun = dryRun;
            this.out = out;
        }

        void foresee(Retention.Foreseen tag) {
            if (tag instanceof Retention.Foreseen.Goes goes) {
                tags++;
                out.accept(line(goes));
            }
        }

        @Override
        public void accept(Collected collected) {
            String would = dryRun ? "would " : "";
            out.accept(
                    would
                            + switch (collected) {
                                case Collected.RetiredTag tag -> {
                                    tags++;
                                    yield "delete tag '"
                                            + tag.tag()
                                            + "' of '"
                                            + tag.repository()
                                            + "' ("
                                            + tag.manifest()
                                            + "): "
                                            + tag.why();
                                }
                                case Collected.Manifest manifest -> {
                                    manifests++;
                                    yield "delete untagged manifest "
                                            + manifest.digest()
                                            + " of '"
                                            + manifest.repository()
                                            + "'";
                                }
                                case Collected.Blob blob -> {
                                    blobs++;
                                    yield "take unused blob "
                                            + blob.digest()
                                            + " ("
                                            + Sizes.of(blob.size())
                                            + ") from '"
                                            + blob.repository()
                                            + "'";
                                }
                                case Collected.Repository repository ->
                                        "remove empty repository '" + repository.name() + "'";
                                case Collected.PutAside content -> {
                                    putAside++;
                                    yield "put aside "
                                            + content.digest()
                                            + " ("
                                            + Sizes.of(content.size())
                                            + ")";
                                }
                                case Collected.Removed content -> {
                                    removed++;
                                    removedBytes += content.size();
                                    yield "remove "
                                            + content.digest()
                                            + " ("
                                            + Sizes.of(content.size())
                                            + ")";
                                }
                                case Collected.Stray stray ->
                                        "remove "
                                                + stray.digest()
                                                + ", which the index doesn't know";
                            });
        }

        String summary() {
            return (dryRun ? "now would go: " : "gone: ")
                    + tags
                    + " tags, "
                    + manifests
                    + " manifests, "
                    + blobs
                    + " unused blobs of repositories; "
                    + putAside
                    + " files put aside, "
                    + removed
                    + " removed ("
                    + Sizes.of(removedBytes)
                    + " free)";
        }
    }
}
