package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.admin.Administrator;
import dev.jbuild.registry.server.sqlite.NewerSchemaException;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import dev.jbuild.registry.server.sqlite.StaleIndexException;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.OwnDirectory;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.storage.UploadSessions;
import dev.jbuild.registry.server.transfer.Exporter;
import dev.jbuild.registry.server.transfer.Importer;
import dev.jbuild.registry.server.upkeep.Backup;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import dev.jbuild.registry.server.upkeep.Scrubber;
import dev.jbuild.registry.server.upkeep.Stop;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The directory of a registry: `blobs/`, `uploads/`, `quarantine/`, `metadata.db`, its journal and
/// `lock`, which one server at a time holds.
final class Root {
    static final String INDEX = "metadata.db";
    static final String JOURNAL = "metadata.journal";

    private final Path directory;
    private final FileChannel lock;
    private final Metadata metadata;
    private final ContentStore content;
    private final UploadSessions uploads;

    private Root(
            Path directory,
            FileChannel lock,
            Metadata metadata,
            ContentStore content,
            UploadSessions uploads) {
        this.directory = directory;
        this.lock = lock;
        this.metadata = metadata;
        this.content = content;
        this.uploads = uploads;
    }

    static Root open(Path directory) throws ServerStartException {
        return open(directory, RepositoryRules.NONE, Announcer.NONE);
    }

    static Root open(Path directory, RepositoryRules rules, Announcer announcer)
            throws ServerStartException {
        FileChannel lock = lock(directory);
        try {
            Path uploads = OwnDirectory.make(directory.resolve("uploads"));
            ContentStore content =
                    new ContentStore(
                            directory.resolve("blobs"), uploads, directory.resolve("quarantine"));
            requireIndex(directory, content);
            Metadata metadata = metadata(directory, rules, announcer);
            UploadSessions sessions =
                    new UploadSessions(
                            uploads,
                            content,
                            metadata.uploads(),
                            metadata.repositories(),
                            rules.uploads());
            sessions.removeStrays();
            try (FileChannel self = FileChannel.open(directory, StandardOpenOption.READ)) {
                self.force(true);
            }
            return new Root(directory, lock, metadata, content, sessions);
        } catch (NewerSchemaException e) {
            closeQuietly(lock, e);
            throw new ServerStartException(
                    "can't use '"
                            + directory
                            + "': "
                            + e.getMessage()
                            + "; run the newer jbuild, or choose another --root",
                    e);
        } catch (StaleIndexException e) {
            closeQuietly(lock, e);
            throw new ServerStartException(
                    "can't use the index of '"
                            + directory
                            + "': "
                            + e.getMessage()
                            + ". "
                            + advice(e),
                    e);
        } catch (ServerStartException e) {
            closeQuietly(lock, e);
            throw e;
        } catch (IOException | SQLException e) {
            closeQuietly(lock, e);
            throw unusable(directory, e);
        }
    }

    private static String advice(StaleIndexException stale) {
        return stale.isForeign()
                ? "Put the '"
                        + JOURNAL
                        + "' back that goes with it; or, if that is lost, move this one away:"
                        + " the server writes a new one from this index. Don't run jbuild registry"
                        + " reindex: it would make another registry's index"
                : "Move '"
                        + INDEX
                        + "' away and run jbuild registry reindex, which has all that was"
                        + " acknowledged; or, to go on with this index, move '"
                        + JOURNAL
                        + "' away";
    }

    /// A new index where there was one would make all content garbage.
    private static void requireIndex(Path directory, ContentStore content) throws IOException {
        if (Files.exists(directory.resolve(INDEX))) {
            return;
        }
        boolean hasContent = false;
        for (Path blobs : content.directories()) {
            try (Stream<Path> files = Files.list(blobs)) {
                hasContent |= files.findAny().isPresent();
            }
        }
        boolean hasJournal = Files.exists(directory.resolve(JOURNAL));
        if (hasContent || hasJournal) {
            throw new ServerStartException(
                    "the index '"
                            + INDEX
                            + "' in '"
                            + directory
                            + "' is missing; jbuild registry reindex makes it anew from "
                            + (hasJournal
                                    ? "its journal"
                                    : "what manifests say, but without names: a backup is better,"
                                            + " if there is one"));
        }
    }

    Metadata metadata() {
        return metadata;
    }

    ContentStore content() {
        return content;
    }

    /// Commands on this root.
    Administrator administrator(
            GarbagePolicy policy,
            GarbageCollector garbage,
            Scrubber scrubber,
            Predicate<RepositoryName> sparse,
            AtomicBoolean readOnly,
            Stop stop) {
        return new Administrator(
                directory,
                metadata,
                policy,
                new Administrator.Upkeep(
                        garbage,
                        scrubber,
                        new Backup(metadata, content, Root::openCopy),
                        new Exporter(metadata, content, Root::openCopy),
                        new Importer(metadata, content, sparse)),
                readOnly,
                stop,
                Root::readRetention);
    }

    Scrubber scrubber(ScrubPolicy policy) {
        return new Scrubber(metadata, content, policy.mirror());
    }

    private static RetentionPolicy readRetention(Path config) throws IOException {
        try {
            return ConfigFile.read(config).config().garbage().retention();
        } catch (YamlException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    static Metadata openCopy(Path file) throws IOException {
        try {
            return new SqliteMetadata(file);
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }

    UploadSessions uploads() {
        return uploads;
    }

    /// @param failures told if it can't be closed in order; nothing acknowledged is lost by that
    void close(Consumer<Exception> failures) {
        try {
            metadata.close();
            lock.close();
        } catch (IOException e) {
            failures.accept(e);
        }
    }

    private static Metadata metadata(Path directory, RepositoryRules rules, Announcer announcer)
            throws IOException, SQLException {
        try (Libraries _ = Libraries.open(directory)) {
            return new SqliteMetadata(
                    directory.resolve(INDEX),
                    rules,
                    Optional.of(directory.resolve(JOURNAL)),
                    announcer);
        }
    }

    static FileChannel lock(Path directory) throws ServerStartException {
        FileChannel channel = null;
        try {
            OwnDirectory.makeRoot(directory);
            channel =
                    FileChannel.open(
                            directory.resolve("lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            if (tryLock(channel) != null) {
                return channel;
            }
            channel.close();
        } catch (IOException e) {
            if (channel != null) {
                closeQuietly(channel, e);
            }
            throw unusable(directory, e);
        }
        throw new RootInUseException(directory);
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            return null; // by this very process
        }
    }

    private static ServerStartException unusable(Path directory, Exception cause) {
        return new ServerStartException(
                "can't use '"
                        + directory
                        + "' as the registry's root ("
                        + cause
                        + "): it has to be a directory that this user may write; make it one, or"
                        + " choose another --root",
                cause);
    }

    private static void closeQuietly(FileChannel channel, Exception cause) {
        try {
            channel.close();
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
