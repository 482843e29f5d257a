package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.AccountFiles;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.upkeep.Backup;
import dev.jbuild.registry.server.upkeep.ScrubReport;
import dev.jbuild.registry.server.upkeep.Scrubber;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// `registry restore`: copies a backup into a root that has no index, and reads all of the copy.
/// The backup is only read. Ended early, it can be done again.
///
/// @param backup what `registry backup` made
/// @param root the registry's directory, made if it is missing
/// @param accounts with users, keys and the key of tokens
record Restoring(Path backup, Path root, boolean accounts) {
    private static final String SOURCE = "metadata.db.restored";
    private static final List<String> SIDES = List.of("", "-wal", "-shm");

    /// @return whether nothing is damaged or missing
    boolean run(Consumer<String> out) throws IOException, InterruptedException {
        if (!Files.exists(backup.resolve(Root.INDEX))) {
            throw new ServerStartException("there is no backup in '" + backup + "'");
        }
        try (FileChannel _ = Root.lock(root)) {
            for (String there : List.of(Root.INDEX, Root.JOURNAL)) {
                if (Files.exists(root.resolve(there))) {
                    throw new ServerStartException(
                            "'"
                                    + root.resolve(there)
                                    + "' is there: restore into a directory without a registry, or"
                                    + " move it away");
                }
            }
            try (Libraries _ = Libraries.open(root)) {
                // first: without its users the registry would be open to everyone
                if (accounts && AccountFiles.restore(backup, root)) {
                    out.accept("users, keys and the key of tokens are those of the backup");
                }
                Backup.Copied copied = copy();
                out.accept(
                        copied.files()
                                + " files copied ("
                                + copied.bytes()
                                + " bytes), "
                                + copied.lost()
                                + " missing in the backup");
                return verify(out) + copied.lost() == 0;
            } finally {
                removeSource();
            }
        } catch (SQLException e) {
            throw new IOException("the backup's index can't be read", e);
        }
    }

    private Backup.Copied copy() throws IOException, SQLException {
        removeSource();
        for (String side : SIDES) {
            Path file = backup.resolve(Root.INDEX + side);
            if (Files.exists(file)) { // it may have been served
                Files.copy(file, root.resolve(SOURCE + side), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        ContentStore content = content(backup.resolve("blobs"));
        try (Metadata source = new SqliteMetadata(root.resolve(SOURCE))) {
            return new Backup(source, content, Root::openCopy).add(root, _ -> {}); // told below
        }
    }

    /// @return how much is damaged or missing
    private long verify(Consumer<String> out)
            throws IOException, InterruptedException, SQLException {
        ScrubReport report = new ScrubReport(out);
        try (Metadata metadata = new SqliteMetadata(root.resolve(Root.INDEX))) {
            Scrubber.Scrubbed read =
                    new Scrubber(metadata, content(root.resolve("blobs")), Optional.empty())
                            .scrub(Long.MAX_VALUE, report, new Stop());
            Metadata.Totals totals = metadata.totals();
            out.accept(
                    read.files()
                            + " files verified, "
                            + report.wrong()
                            + " damaged or missing: "
                            + totals.repositories()
                            + " repositories, "
                            + totals.manifests()
                            + " manifests, "
                            + totals.tags()
                            + " tags");
        }
        return report.wrong();
    }

    private ContentStore content(Path blobs) throws IOException {
        return new ContentStore(blobs, root.resolve("uploads"), root.resolve("quarantine"));
    }

    private void removeSource() throws IOException {
        for (String side : SIDES) {
            Files.deleteIfExists(root.resolve(SOURCE + side));
        }
    }
}
