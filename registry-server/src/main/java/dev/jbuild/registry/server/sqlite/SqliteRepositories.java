package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Repositories and blobs in SQLite.
final class SqliteRepositories implements RepositoryIndex {
    private final SqliteDatabase database;
    private final Rules rules;

    SqliteRepositories(SqliteDatabase database, Rules rules) {
        this.database = database;
        this.rules = rules;
    }

    @Override
    public Optional<Blob> findBlob(RepositoryName repository, Digest digest)
            throws StorageException {
        return database.read(
                session ->
                        session.first(
                                row -> new Blob(row.getLong(1), Session.optionalLong(row, 2)),
                                """
                                SELECT blob.size, idle_millis FROM blob
                                JOIN repository_blob ON blob_id = blob.id
                                WHERE digest = ? AND damaged_millis IS NULL AND repository_id =
                                  (SELECT id FROM repository WHERE name = ?)
                                """,
                                digest.toString(),
                                repository.value()));
    }

    @Override
    public boolean keepBlob(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session ->
                        session.change(
                                        """
                                        UPDATE repository_blob SET idle_millis =
                                          CASE WHEN idle_millis IS NULL THEN NULL ELSE ? END
                                        WHERE repository_id = (SELECT id FROM repository WHERE name = ?)
                                          AND blob_id = (SELECT id FROM blob WHERE digest = ?)
                                        """,
                                        System.currentTimeMillis(),
                                        repository.value(),
                                        digest.toString())
                                > 0);
    }

    @Override
    public void linkBlob(RepositoryName repository, Digest digest, long size)
            throws StorageException {
        database.write(session -> link(session, rules, repository, digest, size));
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
                    return link(session, rules, to, digest, size.get());
                });
    }

    @Override
    public boolean unlinkBlob(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session -> {
                    int unlinked =
                            session.change(
                                    """
                                    DELETE FROM repository_blob
                                    WHERE repository_id = (SELECT id FROM repository WHERE name = ?)
                                      AND blob_id = (SELECT id FROM blob WHERE digest = ?)
                                    """,
                                    repository.value(),
                                    digest.toString());
                    Contents.release(session, digest);
                    if (unlinked > 0) {
                        session.record(new Change.BlobUnlinked(repository, digest));
                    }
                    return unlinked > 0;
                });
    }

    @Override
    public Room requireRoom(RepositoryName repository, Optional<Digest> digest, UnderWay underWay)
            throws StorageException {
        if (!rules.limitRoom(repository)) {
            return Room.UNLIMITED;
        }
        return database.read(
                session -> {
                    long there =
                            digest.isPresent()
                                    ? sizeIn(session, repository, digest.get()).orElse(0L)
                                    : 0;
                    return rules.requireRoom(session, repository, digest, there, underWay);
                });
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
    static boolean link(
            Session session, Rules rules, RepositoryName repository, Digest digest, long size)
            throws SQLException {
        if (sizeIn(session, repository, digest).isEmpty()) {
            rules.requireRoom(session, repository, Optional.of(digest), size);
            session.record(new Change.BlobLinked(repository, digest, size));
        }
        long repositoryId = repositoryId(session, repository);
        long now = System.currentTimeMillis();
        Contents.claim(session, digest, size);
        session.change(
                """
                INSERT INTO repository_blob (repository_id, blob_id, idle_millis)
                SELECT ?1, id,
                  CASE WHEN EXISTS (SELECT 1 FROM reference
                                    WHERE repository_id = ?1 AND reference.digest = blob.digest)
                       THEN NULL ELSE ?2 END
                FROM blob WHERE digest = ?3
                ON CONFLICT (repository_id, blob_id) DO UPDATE SET idle_millis = ?2
                  WHERE idle_millis IS NOT NULL
                """,
                repositoryId,
                now,
                digest.toString());
        return true;
    }

    /// The row of a repository, which is made if need be. Part of a transaction.
    static long repositoryId(Session session, RepositoryName repository) throws SQLException {
        Optional<Long> known = existingId(session, repository);
        if (known.isPresent()) {
            return known.get();
        }
        session.change(
                "INSERT INTO repository (name, created_millis) VALUES (?, ?)",
                repository.value(),
                System.currentTimeMillis());
        return existingId(session, repository).orElseThrow();
    }

    static Optional<Long> existingId(Session session, RepositoryName repository)
            throws SQLException {
        return session.first(
                row -> row.getLong(1),
                "SELECT id FROM repository WHERE name = ?",
                repository.value());
    }

    /// The size of a blob that the repository has. Part of a transaction.
    static Optional<Long> sizeIn(Session session, RepositoryName repository, Digest digest)
            throws SQLException {
        return session.first(
                row -> row.getLong(1),
                """
                SELECT size FROM blob JOIN repository_blob ON blob_id = blob.id
                WHERE digest = ? AND damaged_millis IS NULL AND repository_id = (SELECT id FROM repository WHERE name = ?)
                """,
                digest.toString(),
                repository.value());
    }

    private static Optional<Long> sizeAnywhere(Session session, Digest digest) throws SQLException {
        return session.first(
                row -> row.getLong(1),
                """
                SELECT size FROM blob WHERE digest = ? AND damaged_millis IS NULL
                  AND EXISTS (SELECT 1 FROM repository_blob WHERE blob_id = blob.id)
                """,
                digest.toString());
    }
}
