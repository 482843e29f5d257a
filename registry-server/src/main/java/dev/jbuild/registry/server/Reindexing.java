package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.sqlite.SqliteIndexBuilder;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.upkeep.Reindexer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// `registry reindex`: makes the index of a root that no server runs on anew. An index that is
/// there, however damaged, is for the operator to move away.
///
/// @param root the registry's directory
record Reindexing(Path root) {

    /// @param into where manifests go if there is no journal
    /// @return whether nothing is missing, and nothing of the journal lost
    boolean run(Optional<RepositoryName> into, Consumer<String> out) throws IOException {
        Path index = root.resolve(Root.INDEX);
        if (!Files.isDirectory(root.resolve("blobs"))) {
            throw new ServerStartException(
                    "there is no registry in '" + root + "'; give the --root of jbuild serve");
        }
        try (FileChannel _ = Root.lock(root)) {
            if (Files.exists(index)) {
                throw new ServerStartException(
                        "'"
                                + index
                                + "' is there; if it is damaged or too old, move it, and what"
                                + " begins with its name and '-', away first");
            }
            for (String side : List.of("-wal", "-shm")) {
                Path left = root.resolve(Root.INDEX + side);
                if (Files.exists(left)) {
                    throw new ServerStartException(
                            "'"
                                    + left
                                    + "' is there, which goes with an index that isn't; if that one"
                                    + " can be put back, put it back; else move this away first");
                }
            }
            boolean hasJournal = Files.exists(root.resolve(Root.JOURNAL));
            if (!hasJournal && into.isEmpty()) {
                throw new ServerStartException(
                        "there is no '"
                                + root.resolve(Root.JOURNAL)
                                + "': nothing says which repository had what, and under which tags;"
                                + " say --into=REPOSITORY to put all there is into one");
            }
            if (hasJournal && into.isPresent()) {
                throw new ServerStartException(
                        "'--into' is for a registry that has lost its journal; this one has it");
            }
            Reindexer.Reindexed done = build(index, into, out);
            tell(done, into, out);
            return done.isComplete();
        }
    }

    private Reindexer.Reindexed build(
            Path index, Optional<RepositoryName> into, Consumer<String> out) throws IOException {
        Path fresh = root.resolve(Root.INDEX + ".new");
        Files.deleteIfExists(fresh);
        ContentStore content =
                new ContentStore(
                        root.resolve("blobs"), root.resolve("uploads"), root.resolve("quarantine"));
        Reindexer.Reindexed done;
        try (Libraries _ = Libraries.open(root);
                SqliteIndexBuilder builder = new SqliteIndexBuilder(fresh)) {
            Reindexer reindexer = new Reindexer(content, builder, out);
            done =
                    into.isPresent()
                            ? reindexer.fromContent(into.get())
                            : reindexer.fromJournal(root.resolve(Root.JOURNAL));
        }
        sync(fresh);
        Files.move(fresh, index, StandardCopyOption.ATOMIC_MOVE);
        sync(root);
        return done;
    }

    private static void tell(
            Reindexer.Reindexed done, Optional<RepositoryName> into, Consumer<String> out) {
        Metadata.Totals totals = done.totals();
        if (into.isPresent()) {
            out.accept(
                    "lost: names of repositories, which of them had what, tags, and blobs that no"
                            + " manifest refers to");
        }
        out.accept("uploads that were under way have to be begun again");
        out.accept(
                "the index is there again: "
                        + totals.repositories()
                        + " repositories, "
                        + totals.manifests()
                        + " manifests, "
                        + totals.tags()
                        + " tags, "
                        + totals.blobs()
                        + " blobs; "
                        + done.missing()
                        + " missing, "
                        + done.strays()
                        + " that no repository has and that will be collected");
    }

    private static void sync(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
