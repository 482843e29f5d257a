package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.storage.UploadIndex;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Uploads in SQLite.
final class SqliteUploads implements UploadIndex {
    private static final String SELECT =
            "SELECT id, repository, algorithm, started_millis FROM upload";

    private final SqliteDatabase database;
    private final Rules rules;

    SqliteUploads(SqliteDatabase database, Rules rules) {
        this.database = database;
        this.rules = rules;
    }

    @Override
    public void add(Upload upload) throws StorageException {
        database.write(
                session ->
                        session.change(
                                "INSERT INTO upload VALUES (?, ?, ?, ?)",
                                upload.id(),
                                upload.repository().value(),
                                upload.algorithm().token(),
                                upload.startedMillis()));
    }

    @Override
    public Optional<Upload> find(String id) throws StorageException {
        return database.read(
                session -> session.first(SqliteUploads::upload, SELECT + " WHERE id = ?", id));
    }

    @Override
    public void complete(Upload upload, Digest digest, long size) throws StorageException {
        database.write(
                session -> {
                    SqliteRepositories.link(session, rules, upload.repository(), digest, size);
                    return session.change("DELETE FROM upload WHERE id = ?", upload.id());
                });
    }

    @Override
    public void remove(String id) throws StorageException {
        database.write(session -> session.change("DELETE FROM upload WHERE id = ?", id));
    }

    @Override
    public List<Upload> after(String after, int limit) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteUploads::upload,
                                SELECT + " WHERE id > ? ORDER BY id LIMIT ?",
                                after,
                                limit));
    }

    private static Upload upload(ResultSet row) throws SQLException {
        return new Upload(
                row.getString(1),
                new RepositoryName(row.getString(2)),
                DigestAlgorithm.byToken(row.getString(3)).orElseThrow(),
                row.getLong(4));
    }
}
