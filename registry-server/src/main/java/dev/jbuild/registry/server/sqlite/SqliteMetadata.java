package dev.jbuild.registry.server.sqlite;

import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.GarbageIndex;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Outbox;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.RetentionIndex;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.storage.UploadIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Optional;

/// The index in an SQLite file (WAL, synchronous=FULL), made or brought to the newest schema when
/// opened.
public final class SqliteMetadata implements Metadata {
    private final SqliteDatabase database;
    private final RepositoryIndex repositories;
    private final ManifestIndex manifests;
    private final UploadIndex uploads;
    private final GarbageIndex garbage;
    private final RetentionIndex retention;
    private final Outbox outbox;
    private final ContentIndex contents;

    /// Without rules and without a journal.
    ///
    /// @throws NewerSchemaException if a newer program has written it
    public SqliteMetadata(Path file) throws SQLException, IOException {
        this(file, RepositoryRules.NONE, Optional.empty(), Announcer.NONE);
    }

    /// @param journal where to repeat what content doesn't tell; made if it is missing
    /// @throws NewerSchemaException if a newer program has written it
    /// @throws StaleIndexException if the journal goes with another state of the index
    public SqliteMetadata(
            Path file, RepositoryRules rules, Optional<Path> journal, Announcer announcer)
            throws SQLException, IOException {
        database = new SqliteDatabase(file, journal.map(Journaling::new), announcer);
        outbox = new SqliteOutbox(database);
        repositories = new SqliteRepositories(database, new Rules(rules));
        manifests = new SqliteManifests(database, new Rules(rules));
        uploads = new SqliteUploads(database, new Rules(rules));
        garbage = new SqliteGarbage(database);
        retention = new SqliteRetention(database, new Rules(rules));
        contents = new SqliteContents(database);
    }

    @Override
    public RepositoryIndex repositories() {
        return repositories;
    }

    @Override
    public ManifestIndex manifests() {
        return manifests;
    }

    @Override
    public UploadIndex uploads() {
        return uploads;
    }

    @Override
    public GarbageIndex garbage() {
        return garbage;
    }

    @Override
    public RetentionIndex retention() {
        return retention;
    }

    @Override
    public Outbox outbox() {
        return outbox;
    }

    @Override
    public ContentIndex contents() {
        return contents;
    }

    @Override
    public void copyTo(Path file) throws StorageException {
        database.read(session -> session.change("VACUUM INTO ?", file.toString()));
    }

    @Override
    public void compactJournal() throws IOException {
        database.compactJournal();
    }

    @Override
    public long generation() {
        return database.generation();
    }

    @Override
    public Totals totals() throws StorageException {
        return database.read(SqliteMetadata::totals);
    }

    static Totals totals(Session session) throws SQLException {
        return session.first(
                        row ->
                                new Totals(
                                        row.getLong(1),
                                        row.getLong(2),
                                        row.getLong(3),
                                        row.getLong(4),
                                        row.getLong(5)),
                        "SELECT repositories, manifests, tags, blobs, bytes FROM total")
                .orElseThrow();
    }

    @Override
    public void close() throws StorageException {
        try {
            database.close();
        } catch (SQLException | IOException e) {
            throw StorageException.of("the index can't be closed", e);
        }
    }
}
