package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Repositories and blobs in SQLite.
final class SqliteRepositories implements RepositoryIndex {
    private final SqliteDatabase database;

    SqliteRepositories(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public OptionalLong blobSize(RepositoryName repository, Digest digest) throws StorageException {
        Optional<Long> size =
                database.read(
                        session ->
                                session.first(
                                        row -> row.getLong(1),
                                        """
                                        SELECT blob.size FROM blob
                                        JOIN repository_blob ON blob_id = blob.id
                                        WHERE digest = ? AND repository_id =
                                          (SELECT id FROM repository WHERE name = ?)
                                        """,
                                        digest.toString(),
                                        repository.value()));
        return size.isPresent() ? OptionalLong.of(size.get()) : OptionalLong.empty();
    }

    @Override
    public void linkBlob(RepositoryName repository, Digest digest, long size)
            throws StorageException {
        database.write(session -> link(session, repository, digest, size));
    }

    @Override
    public boolean mountBlob(RepositoryName to, Digest digest, Optional<RepositoryName> from)
            throws StorageException {
        return database.write(
                session -> {
                    Optional<Long> size =
                            from.isPresent()
                                    ? sizeIn(session, from.get(), digest)
                                    : sizeAnywhere(session, digest);
                    if (size.isEmpty()) {
                        return false;
                    }
                    return link(session, to, digest, size.get());
                });
    }

    @Override
    public boolean unlinkBlob(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session ->
                        session.change(
                                        """
                                        DELETE FROM repository_blob
                                        WHERE repository_id = (SELECT id FROM repository WHERE name = ?)
                                          AND blob_id = (SELECT id FROM blob WHERE digest = ?)
                                        """,
                                        repository.value(),
                                        digest.toString())
                                > 0);
    }

    @Override
    public List<String> repositories(Page page) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                row -> row.getString(1),
                                "SELECT name FROM repository WHERE name > ? ORDER BY name LIMIT ?",
                                page.after(),
                                page.limit()));
    }

    /// Part of a transaction; true for the sake of its callers.
    static boolean link(Session session, RepositoryName repository, Digest digest, long size)
            throws SQLException {
        long repositoryId = repositoryId(session, repository);
        session.change(
                "INSERT INTO blob (digest, size, created_millis) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                digest.toString(),
                size,
                System.currentTimeMillis());
        session.change(
                """
                INSERT INTO repository_blob SELECT ?, id FROM blob WHERE digest = ?
                ON CONFLICT DO NOTHING
                """,
                repositoryId,
                digest.toString());
        return true;
    }

    /// The row of a repository, which is made if need be. Part of a transaction.
    static long repositoryId(Session session, RepositoryName repository) throws SQLException {
        session.change(
                "INSERT INTO repository (name, created_millis) VALUES (?, ?) ON CONFLICT DO NOTHING",
                repository.value(),
                System.currentTimeMillis());
        return session.first(
                        row -> row.getLong(1),
                        "SELECT id FROM repository WHERE name = ?",
                        repository.value())
                .orElseThrow();
    }

    private static Optional<Long> sizeIn(Session session, RepositoryName repository, Digest digest)
            throws SQLException {
        return session.first(
                row -> row.getLong(1),
                """
                SELECT size FROM blob JOIN repository_blob ON blob_id = blob.id
                WHERE digest = ? AND repository_id = (SELECT id FROM repository WHERE name = ?)
                """,
                digest.toString(),
                repository.value());
    }

    private static Optional<Long> sizeAnywhere(Session session, Digest digest) throws SQLException {
        return session.first(
                row -> row.getLong(1),
                """
                SELECT size FROM blob WHERE digest = ?
                  AND EXISTS (SELECT 1 FROM repository_blob WHERE blob_id = blob.id)
                """,
                digest.toString());
    }
}
