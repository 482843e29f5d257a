package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Content in SQLite.
final class SqliteContents implements ContentIndex {
    private final SqliteDatabase database;

    SqliteContents(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public List<Content> contents(long afterId, int most) throws StorageException {
        return database.read(session -> list(session, afterId, most));
    }

    @Override
    public void markDamaged(Digest digest) throws StorageException {
        database.write(session -> markDamaged(session, digest));
    }

    @Override
    public Optional<Content> find(Digest digest) throws StorageException {
        return database.read(
                session ->
                        session.first(
                                SqliteContents::content,
                                """
                                SELECT id, digest, size FROM blob
                                WHERE digest = ? AND quarantine_millis IS NULL
                                  AND damaged_millis IS NULL
                                """,
                                digest.toString()));
    }

    @Override
    public List<Content> damaged(long afterId, int most) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteContents::content,
                                """
                                SELECT id, digest, size FROM blob
                                WHERE id > ? AND damaged_millis IS NOT NULL
                                  AND quarantine_millis IS NULL AND orphan_millis IS NULL
                                ORDER BY id LIMIT ?
                                """,
                                afterId,
                                most));
    }

    @Override
    public List<Holder> holders(Digest digest, int most) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                row ->
                                        new Holder(
                                                new RepositoryName(row.getString(1)),
                                                Optional.ofNullable(row.getString(2))
                                                        .map(MediaType::new)),
                                """
                                SELECT repository.name, media_type FROM manifest
                                  JOIN repository ON repository.id = repository_id
                                WHERE manifest.digest = ?1
                                UNION ALL
                                SELECT repository.name, NULL FROM repository_blob
                                  JOIN repository ON repository.id = repository_id
                                WHERE blob_id = (SELECT id FROM blob WHERE digest = ?1)
                                LIMIT ?2
                                """,
                                digest.toString(),
                                most));
    }

    @Override
    public boolean markWhole(Digest digest) throws StorageException {
        return database.write(
                session -> {
                    session.change(
                            "UPDATE blob SET damaged_millis = NULL"
                                    + " WHERE digest = ? AND damaged_millis IS NOT NULL",
                            digest.toString());
                    return session.exists(
                            "SELECT 1 FROM blob WHERE digest = ? AND quarantine_millis IS NULL",
                            digest.toString());
                });
    }

    static List<Content> list(Session session, long afterId, int most) throws SQLException {
        return session.list(
                SqliteContents::content,
                """
                SELECT id, digest, size FROM blob
                WHERE id > ? AND quarantine_millis IS NULL AND damaged_millis IS NULL
                ORDER BY id LIMIT ?
                """,
                afterId,
                most);
    }

    private static Content content(ResultSet row) throws SQLException {
        return new Content(row.getLong(1), Digest.parse(row.getString(2)), row.getLong(3));
    }

    /// Part of a transaction.
    static int markDamaged(Session session, Digest digest) throws SQLException {
        return session.change(
                "UPDATE blob SET damaged_millis = ? WHERE digest = ?",
                System.currentTimeMillis(),
                digest.toString());
    }
}
