package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.GarbageIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Garbage in SQLite, found through partial indexes that hold nothing else.
final class SqliteGarbage implements GarbageIndex {
    private static final String IDLE =
            """
            SELECT repository.name, blob.digest, blob.size, idle_millis, repository_id, blob_id
            FROM repository_blob
            JOIN repository ON repository.id = repository_id JOIN blob ON blob.id = blob_id
            WHERE idle_millis < ? ORDER BY idle_millis LIMIT ?
            """;

    /// That nothing but time speaks against deleting a loose manifest `m`.
    static final String UNUSED =
            """
              NOT EXISTS (SELECT 1 FROM reference AS r
                WHERE r.repository_id = m.repository_id AND r.digest = m.digest)
              AND NOT EXISTS (SELECT 1 FROM manifest AS s
                WHERE s.repository_id = m.repository_id AND s.subject = m.digest)
              AND (m.subject IS NULL OR NOT EXISTS (SELECT 1 FROM manifest AS t
                WHERE t.repository_id = m.repository_id AND t.digest = m.subject))
              AND NOT EXISTS (SELECT 1 FROM tag WHERE tag.repository_id = m.repository_id
                AND tag.name >= substr(replace(m.digest, ':', '-'), 1, 71)
                AND tag.name < substr(replace(m.digest, ':', '-'), 1, 71) || '/')
            """;

    private final SqliteDatabase database;

    SqliteGarbage(SqliteDatabase database) {
        this.database = database;
    }

    private record Link(IdleBlob blob, long repositoryId, long blobId) {}

    @Override
    public List<IdleBlob> idle(long beforeMillis, int most) throws StorageException {
        return database.read(
                session -> session.list(SqliteGarbage::idleBlob, IDLE, beforeMillis, most));
    }

    @Override
    public List<IdleBlob> unlinkIdle(long beforeMillis, int most) throws StorageException {
        return database.writeOwn(
                session -> {
                    List<IdleBlob> unlinked = new ArrayList<>();
                    for (Link link : session.list(SqliteGarbage::link, IDLE, beforeMillis, most)) {
                        session.change(
                                "DELETE FROM repository_blob WHERE repository_id = ? AND blob_id ="
                                        + " ?",
                                link.repositoryId(),
                                link.blobId());
                        Contents.release(session, link.blob().digest());
                        session.record(
                                new Change.BlobUnlinked(
                                        link.blob().repository(), link.blob().digest()));
                        unlinked.add(link.blob());
                    }
                    return unlinked;
                });
    }

    @Override
    public LoosePage loose(long beforeMillis, LoosePosition after, int most)
            throws StorageException {
        return database.read(
                session -> {
                    List<LoosePosition> seen = new ArrayList<>();
                    List<LooseManifest> found = new ArrayList<>();
                    session.list(
                            row -> {
                                seen.add(new LoosePosition(row.getLong(4), row.getLong(5)));
                                return row.getBoolean(7) ? found.add(looseManifest(row)) : found;
                            },
                            "SELECT repository.name, m.digest, m.size, m.loose_millis, m.id,"
                                    + " m.retired, "
                                    + UNUSED
                                    + """
                                    FROM manifest AS m JOIN repository ON repository.id = m.repository_id
                                    WHERE (m.loose_millis, m.id) > (?, ?) AND m.loose_millis < ?
                                    ORDER BY m.loose_millis, m.id LIMIT ?
                                    """,
                            after.sinceMillis(),
                            after.id(),
                            beforeMillis,
                            most);
                    return new LoosePage(
                            found,
                            seen.size() < most ? Optional.empty() : Optional.of(seen.getLast()));
                });
    }

    @Override
    public boolean deleteLoose(LooseManifest manifest, long beforeMillis) throws StorageException {
        return database.writeOwn(
                session -> {
                    if (!session.exists(
                            "SELECT 1 FROM manifest AS m WHERE id = ? AND loose_millis < ? AND"
                                    + " retired >= ? AND "
                                    + UNUSED,
                            manifest.id(),
                            beforeMillis,
                            manifest.retired() ? 1 : 0)) {
                        return false;
                    }
                    if (manifest.retired()) {
                        session.change(
                                """
                                UPDATE manifest SET retired = 1
                                WHERE repository_id =
                                    (SELECT repository_id FROM manifest WHERE id = ?1)
                                  AND digest IN
                                    (SELECT digest FROM reference WHERE manifest_id = ?1)
                                  AND loose_millis IS NOT NULL
                                """,
                                manifest.id());
                    }
                    return SqliteManifests.delete(
                            session, manifest.repository(), manifest.digest());
                });
    }

    @Override
    public List<Orphan> orphans(long beforeMillis, int most) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteGarbage::orphan,
                                """
                                SELECT digest, size, orphan_millis FROM blob
                                WHERE orphan_millis < ? AND quarantine_millis IS NULL
                                ORDER BY orphan_millis LIMIT ?
                                """,
                                beforeMillis,
                                most));
    }

    @Override
    public List<Digest> quarantine(List<Digest> digests, long beforeMillis)
            throws StorageException {
        return database.writeOwn(
                session -> {
                    List<Digest> marked = new ArrayList<>();
                    for (Digest digest : digests) {
                        int changed =
                                session.change(
                                        """
                                        UPDATE blob SET quarantine_millis = ?
                                        WHERE digest = ? AND orphan_millis < ?
                                          AND quarantine_millis IS NULL
                                        """,
                                        System.currentTimeMillis(),
                                        digest.toString(),
                                        beforeMillis);
                        if (changed > 0) {
                            marked.add(digest);
                        }
                    }
                    return marked;
                });
    }

    @Override
    public List<Orphan> quarantined(long beforeMillis, int most) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteGarbage::orphan,
                                """
                                SELECT digest, size, quarantine_millis FROM blob
                                WHERE quarantine_millis < ? ORDER BY quarantine_millis LIMIT ?
                                """,
                                beforeMillis,
                                most));
    }

    @Override
    public boolean isKnown(Digest digest) throws StorageException {
        return database.read(
                session ->
                        session.exists("SELECT 1 FROM blob WHERE digest = ?", digest.toString()));
    }

    @Override
    public boolean isQuarantined(Digest digest) throws StorageException {
        return database.read(
                session ->
                        session.exists(
                                "SELECT 1 FROM blob WHERE digest = ? AND quarantine_millis IS NOT"
                                        + " NULL",
                                digest.toString()));
    }

    @Override
    public void forget(List<Digest> digests) throws StorageException {
        database.writeOwn(
                session -> {
                    int forgotten = 0;
                    for (Digest digest : digests) {
                        forgotten +=
                                session.change(
                                        "DELETE FROM blob WHERE digest = ? AND quarantine_millis IS"
                                                + " NOT NULL",
                                        digest.toString());
                    }
                    return forgotten;
                });
    }

    @Override
    public List<String> removeEmptyRepositories(long beforeMillis, int most)
            throws StorageException {
        return database.writeOwn(
                session -> {
                    List<String> names =
                            session.list(
                                    row -> row.getString(1),
                                    """
                                    SELECT name FROM repository
                                    WHERE blobs = 0 AND manifests = 0 AND created_millis < ? LIMIT ?
                                    """,
                                    beforeMillis,
                                    most);
                    for (String name : names) {
                        session.change("DELETE FROM repository WHERE name = ?", name);
                    }
                    return names;
                });
    }

    private static IdleBlob idleBlob(ResultSet row) throws SQLException {
        return new IdleBlob(
                new RepositoryName(row.getString(1)),
                Digest.parse(row.getString(2)),
                row.getLong(3),
                row.getLong(4));
    }

    private static Link link(ResultSet row) throws SQLException {
        return new Link(idleBlob(row), row.getLong(5), row.getLong(6));
    }

    private static LooseManifest looseManifest(ResultSet row) throws SQLException {
        return new LooseManifest(
                new RepositoryName(row.getString(1)),
                Digest.parse(row.getString(2)),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getBoolean(6));
    }

    private static Orphan orphan(ResultSet row) throws SQLException {
        return new Orphan(Digest.parse(row.getString(1)), row.getLong(2), row.getLong(3));
    }
}
