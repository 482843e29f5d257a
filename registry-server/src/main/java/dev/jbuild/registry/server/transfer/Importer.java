package dev.jbuild.registry.server.transfer;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Actor;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.FileDigests;
import dev.jbuild.registry.server.storage.ManifestIndex.Bundle;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.MismatchedContentException;
import dev.jbuild.registry.server.storage.RuleViolationException;
import dev.jbuild.registry.server.storage.StagedContent;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Takes an OCI image layout into a registry, beside everything else. All of it is verified before
/// anything is changed, and then it is there at once, in one transaction, or, if a rule of the
/// registry is against it, not at all.
public final class Importer {
    private final Metadata metadata;
    private final ContentStore content;
    private final Predicate<RepositoryName> sparse;

    /// @param files that were not in the registry before
    public record Imported(
            long repositories, long manifests, long tags, long contents, long files, long bytes) {}

    /// @param sparse the repositories whose manifests may lack blobs and children
    public Importer(Metadata metadata, ContentStore content, Predicate<RepositoryName> sparse) {
        this.metadata = metadata;
        this.content = content;
        this.sparse = sparse;
    }

    /// @param layout a directory or a tar
    /// @param into where everything goes; empty: where its name says
    /// @param stop ends it early, with nothing changed
    /// @throws TransferException if the layout is not as it should be, or a rule is against it;
    ///     nothing is changed
    public Imported run(Path layout, Optional<RepositoryName> into, Stop stop) throws IOException {
        try (LayoutSource source = LayoutSource.open(layout)) {
            ImportPlan plan = ImportPlan.of(source, into, sparse);
            return new Staging(source, plan, stop).run();
        } catch (TransferException
                | InvalidJsonException
                | RuleViolationException
                | IllegalArgumentException e) { // the last: a name or value that can be none
            throw new TransferException("'" + layout + "': " + e.getMessage(), e);
        }
    }

    private final class Staging {
        private final LayoutSource source;
        private final ImportPlan plan;
        private final Stop stop;
        private final Map<Digest, StagedContent> staged = new LinkedHashMap<>();
        private long bytes;

        Staging(LayoutSource source, ImportPlan plan, Stop stop) {
            this.source = source;
            this.plan = plan;
            this.stop = stop;
        }

        Imported run() throws IOException {
            try {
                for (Map.Entry<Digest, Long> item : plan.contents().entrySet()) {
                    if (stop.isAsked()) {
                        throw new TransferException("the server ends; import again");
                    }
                    if (!isWhole(item.getKey(), item.getValue())) {
                        stage(item.getKey(), item.getValue());
                    }
                }
                commit();
            } finally {
                for (StagedContent item : staged.values()) {
                    item.close();
                }
            }
            List<Bundle> bundles = plan.bundles();
            return new Imported(
                    bundles.size(),
                    bundles.stream().mapToLong(bundle -> bundle.manifests().size()).sum(),
                    bundles.stream()
                            .flatMap(bundle -> bundle.manifests().stream())
                            .mapToLong(manifest -> manifest.tags().size())
                            .sum(),
                    plan.contents().size(),
                    staged.size(),
                    bytes);
        }

        private boolean isHere(Digest digest, long size) throws IOException {
            return metadata.contents().find(digest).isPresent() && content.has(digest, size);
        }

        /// What is damaged here, the layout's takes the place of.
        private boolean isWhole(Digest digest, long size) throws IOException {
            if (!isHere(digest, size)) {
                return false;
            }
            try {
                return FileDigests.of(digest.algorithm(), content.path(digest)).equals(digest);
            } catch (IOException _) {
                return false; // collected meanwhile, or nothing that the disk can read
            }
        }

        private void stage(Digest digest, long size) throws IOException {
            StagedContent item = content.stage(digest, size);
            staged.put(digest, item);
            try {
                source.copy(digest, item);
                item.finish();
            } catch (MismatchedContentException e) {
                throw new TransferException(
                        "'" + Layouts.path(digest) + "' is damaged: " + e.getMessage(), e);
            }
            bytes += size;
        }

        /// Nobody collects what is held until the index knows it.
        private void commit() throws IOException {
            List<ContentStore.Hold> holds = new ArrayList<>();
            try {
                List<Path> files = new ArrayList<>();
                List<ContentStore.Hold> adding = new ArrayList<>();
                for (Map.Entry<Digest, Long> item : plan.contents().entrySet()) {
                    Digest digest = item.getKey();
                    ContentStore.Hold hold = content.hold(digest);
                    holds.add(hold);
                    if (!staged.containsKey(digest) && !isHere(digest, item.getValue())) {
                        stage(digest, item.getValue()); // collected meanwhile
                    }
                    StagedContent mine = staged.get(digest);
                    if (mine != null) {
                        adding.add(hold);
                        files.add(mine.file());
                    }
                }
                content.adoptAll(adding, files);
                List<Bundle> bundles = plan.bundles();
                Actor.as(
                        Actor.IMPORT,
                        () -> {
                            metadata.manifests().putAll(bundles);
                            return true;
                        });
                holds.forEach(ContentStore.Hold::known);
            } finally {
                closeAll(holds);
            }
        }

        private static void closeAll(List<ContentStore.Hold> holds) throws IOException {
            IOException failure = null;
            for (ContentStore.Hold hold : holds) {
                try {
                    hold.close();
                } catch (IOException e) {
                    failure = e;
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
