package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.IndexBuilder;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StorageException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.sqlite.JDBC;

/// Makes an index in a new SQLite file, in one transaction that nothing is synced for: a crash
/// leaves a file that is thrown away.
public final class SqliteIndexBuilder implements IndexBuilder {
    private static final String REPOSITORY = "(SELECT id FROM repository WHERE name = ?)";
    private static final String BLOB = "(SELECT id FROM blob WHERE digest = ?)";

    private final Session session;
    private final Map<RepositoryName, Long> repositories = new HashMap<>();
    private final long now = System.currentTimeMillis();

    private interface Step<T> {
        T run() throws SQLException;
    }

    /// @param file that isn't there yet
    public SqliteIndexBuilder(Path file) throws StorageException {
        session = run(() -> new Session(connect(file)));
        run(
                () -> {
                    Schema.migrate(session.connection());
                    return execute("BEGIN");
                });
    }

    @Override
    public boolean apply(Change change) throws StorageException {
        return run(
                () ->
                        switch (change) {
                            case Change.BlobLinked c -> link(c);
                            case Change.BlobUnlinked c ->
                                    change(
                                            "DELETE FROM repository_blob WHERE repository_id = "
                                                    + REPOSITORY
                                                    + " AND blob_id = "
                                                    + BLOB,
                                            c.repository().value(),
                                            c.digest().toString());
                            case Change.ManifestPut c -> put(c);
                            case Change.ManifestDeleted c -> delete(c);
                            case Change.Tagged c -> tag(c);
                            case Change.Untagged c ->
                                    change(
                                            "DELETE FROM tag WHERE repository_id = "
                                                    + REPOSITORY
                                                    + " AND name = ?",
                                            c.repository().value(),
                                            c.tag().value());
                        });
    }

    @Override
    public void settle() throws StorageException {
        run(
                () -> {
                    session.change(
                            """
                            DELETE FROM blob
                            WHERE NOT EXISTS (SELECT 1 FROM repository_blob WHERE blob_id = blob.id)
                              AND NOT EXISTS (SELECT 1 FROM manifest WHERE digest = blob.digest)
                            """);
                    return session.change(
                            "DELETE FROM repository WHERE blobs = 0 AND manifests = 0");
                });
    }

    @Override
    public List<Undescribed> undescribed(long afterId, int most) throws StorageException {
        return run(
                () ->
                        session.list(
                                row ->
                                        new Undescribed(
                                                row.getLong(1),
                                                new RepositoryName(row.getString(2)),
                                                Digest.parse(row.getString(3)),
                                                row.getLong(4),
                                                new MediaType(row.getString(5))),
                                """
                                SELECT manifest.id, name, digest, size, media_type FROM manifest
                                JOIN repository ON repository.id = repository_id
                                WHERE manifest.id > ? ORDER BY manifest.id LIMIT ?
                                """,
                                afterId,
                                most));
    }

    @Override
    public boolean hasManifest(RepositoryName repository, Digest digest) throws StorageException {
        return run(
                () ->
                        session.exists(
                                "SELECT 1 FROM manifest WHERE digest = ? AND repository_id = "
                                        + REPOSITORY,
                                digest.toString(),
                                repository.value()));
    }

    @Override
    public void describe(Undescribed manifest, ManifestIndex.Addition addition)
            throws StorageException {
        run(
                () -> {
                    Descriptor descriptor = addition.descriptor();
                    for (Digest digest : addition.references()) {
                        session.change(
                                """
                                INSERT INTO reference (manifest_id, digest, repository_id)
                                VALUES (?, ?, (SELECT repository_id FROM manifest WHERE id = ?1))
                                """,
                                manifest.id(),
                                digest.toString());
                    }
                    return session.change(
                            """
                            UPDATE manifest SET descriptor = ?, subject = nullif(?, ''),
                              artifact_type = nullif(?, '') WHERE id = ?
                            """,
                            OciJson.toJson(descriptor).encode(),
                            addition.subject().map(Digest::toString).orElse(""),
                            descriptor.artifactType().map(MediaType::value).orElse(""),
                            manifest.id());
                });
    }

    @Override
    public List<ContentIndex.Content> contents(long afterId, int most) throws StorageException {
        return run(() -> SqliteContents.list(session, afterId, most));
    }

    @Override
    public void markDamaged(Digest digest) throws StorageException {
        run(() -> SqliteContents.markDamaged(session, digest));
    }

    @Override
    public boolean isKnown(Digest digest) throws StorageException {
        return run(() -> session.exists("SELECT 1 FROM blob WHERE digest = ?", digest.toString()));
    }

    @Override
    public void addOrphan(Digest digest, long size, boolean putAside) throws StorageException {
        run(
                () ->
                        session.change(
                                """
                                INSERT INTO blob
                                  (digest, size, created_millis, orphan_millis, quarantine_millis)
                                VALUES (?, ?, ?3, ?3, CASE WHEN ?4 THEN ?3 END)
                                """,
                                digest.toString(),
                                size,
                                now,
                                putAside ? 1 : 0));
    }

    @Override
    public Metadata.Totals finish() throws StorageException {
        return run(
                () -> {
                    session.change(
                            """
                            UPDATE repository_blob SET idle_millis = ?
                            WHERE NOT EXISTS (SELECT 1 FROM reference
                              WHERE reference.repository_id = repository_blob.repository_id
                              AND digest = (SELECT digest FROM blob WHERE id = blob_id))
                            """,
                            now);
                    session.change(
                            """
                            UPDATE manifest SET loose_millis = ?
                            WHERE NOT EXISTS (SELECT 1 FROM tag WHERE manifest_id = manifest.id)
                            """,
                            now);
                    Metadata.Totals totals = SqliteMetadata.totals(session);
                    execute("COMMIT");
                    return totals;
                });
    }

    @Override
    public Metadata.Totals finish(String journal, long sequence) throws StorageException {
        run(() -> session.change("INSERT INTO journal VALUES (?, ?, 0, 0, 0)", journal, sequence));
        return finish();
    }

    @Override
    public void close() throws StorageException {
        run(
                () -> {
                    session.close();
                    return true;
                });
    }

    private boolean link(Change.BlobLinked change) throws SQLException {
        addContent(change.digest(), change.size());
        return change(
                "INSERT INTO repository_blob (repository_id, blob_id) VALUES (?, "
                        + BLOB
                        + ") ON CONFLICT DO NOTHING",
                repository(change.repository()),
                change.digest().toString());
    }

    private boolean put(Change.ManifestPut change) throws SQLException {
        addContent(change.digest(), change.size());
        Descriptor descriptor = new Descriptor(change.mediaType(), change.digest(), change.size());
        return change(
                """
                INSERT INTO manifest
                  (repository_id, digest, media_type, size, descriptor, created_millis)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (repository_id, digest) DO UPDATE SET
                  media_type = excluded.media_type, descriptor = excluded.descriptor
                """,
                repository(change.repository()),
                change.digest().toString(),
                change.mediaType().value(),
                change.size(),
                OciJson.toJson(descriptor).encode(),
                now);
    }

    private boolean delete(Change.ManifestDeleted change) throws SQLException {
        String manifest =
                "(SELECT id FROM manifest WHERE digest = ? AND repository_id = " + REPOSITORY + ")";
        session.change(
                "DELETE FROM tag WHERE manifest_id = " + manifest,
                change.digest().toString(),
                change.repository().value());
        return change(
                "DELETE FROM manifest WHERE digest = ? AND repository_id = " + REPOSITORY,
                change.digest().toString(),
                change.repository().value());
    }

    private boolean tag(Change.Tagged change) throws SQLException {
        return session.change(
                        """
                        INSERT INTO tag SELECT ?1, ?2, id, ?3 FROM manifest
                        WHERE repository_id = ?1 AND digest = ?4
                        ON CONFLICT (repository_id, name) DO UPDATE SET
                          manifest_id = excluded.manifest_id, updated_millis = excluded.updated_millis
                        """,
                        repository(change.repository()),
                        change.tag().value(),
                        change.pushedMillis(),
                        change.manifest().toString())
                > 0;
    }

    private void addContent(Digest digest, long size) throws SQLException {
        session.change(
                "INSERT INTO blob (digest, size, created_millis) VALUES (?, ?, ?) ON CONFLICT DO"
                        + " NOTHING",
                digest.toString(),
                size,
                now);
    }

    private long repository(RepositoryName name) throws SQLException {
        Long known = repositories.get(name);
        if (known != null) {
            return known;
        }
        long id = SqliteRepositories.repositoryId(session, name);
        repositories.put(name, id);
        return id;
    }

    /// True for the sake of its callers: it makes sense whether it changes something or not.
    private boolean change(String sql, Object... parameters) throws SQLException {
        return session.change(sql, parameters) >= 0;
    }

    private boolean execute(String sql) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            return statement.execute(sql);
        }
    }

    private static Connection connect(Path file) throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("journal_mode", "OFF");
        settings.setProperty("synchronous", "OFF");
        Connection connection = JDBC.createConnection("jdbc:sqlite:" + file, settings);
        if (connection == null) {
            throw new SQLException("the driver doesn't know jdbc:sqlite:");
        }
        return connection;
    }

    private static <T> T run(Step<T> step) throws StorageException {
        try {
            return step.run();
        } catch (SQLException e) {
            throw StorageException.of("the new index can't be written", e);
        }
    }
}
