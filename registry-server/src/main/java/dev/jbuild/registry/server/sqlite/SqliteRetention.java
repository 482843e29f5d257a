package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.RetentionIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Tags and what keeps them, in SQLite.
final class SqliteRetention implements RetentionIndex {
    private static final String KEEPER =
            """
              CASE
              WHEN EXISTS (SELECT 1 FROM tag AS s WHERE s.repository_id = m.repository_id
                AND s.name >= substr(replace(m.digest, ':', '-'), 1, 71)
                AND s.name < substr(replace(m.digest, ':', '-'), 1, 71) || '/') THEN 'SIGNED'
              WHEN EXISTS (SELECT 1 FROM manifest AS s
                WHERE s.repository_id = m.repository_id AND s.subject = m.digest)
                THEN 'HAS_REFERRERS'
              WHEN EXISTS (SELECT 1 FROM reference AS r
                WHERE r.repository_id = m.repository_id AND r.digest = m.digest) THEN 'CHILD'
              WHEN m.subject IS NOT NULL AND EXISTS (SELECT 1 FROM manifest AS t
                WHERE t.repository_id = m.repository_id AND t.digest = m.subject) THEN 'REFERRER'
              END
            """;

    private final SqliteDatabase database;
    private final Rules rules;

    SqliteRetention(SqliteDatabase database, Rules rules) {
        this.database = database;
        this.rules = rules;
    }

    private record Held(long manifestId, TagState state) {}

    @Override
    public List<TagPush> tagPushes(RepositoryName repository, Page page) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                row ->
                                        new TagPush(
                                                new Tag(row.getString(1)),
                                                row.getLong(2),
                                                row.getBoolean(3)),
                                """
                                SELECT name, updated_millis,
                                  CASE WHEN name GLOB 'sha256-*' OR name GLOB 'sha512-*'
                                  THEN EXISTS (SELECT 1 FROM manifest
                                    WHERE manifest.repository_id = tag.repository_id
                                    AND digest >= substr(name, 1, 6) || ':' || substr(name, 8, 64)
                                    AND digest < substr(name, 1, 6) || ':' || substr(name, 8, 64) || 'g')
                                  ELSE 0 END
                                FROM tag
                                WHERE repository_id = (SELECT id FROM repository WHERE name = ?)
                                  AND name > ? ORDER BY name LIMIT ?
                                """,
                                repository.value(),
                                page.after(),
                                page.limit()));
    }

    @Override
    public Optional<TagState> state(RepositoryName repository, TagPush tag)
            throws StorageException {
        return database.read(
                session -> {
                    Optional<Long> id = SqliteRepositories.existingId(session, repository);
                    return id.isEmpty()
                            ? Optional.empty()
                            : held(session, id.get(), tag).map(Held::state);
                });
    }

    @Override
    public List<Retired> retire(RepositoryName repository, List<TagPush> due, List<TagPush> because)
            throws StorageException {
        return database.writeOwn(
                session -> {
                    List<Retired> retired = new ArrayList<>();
                    Optional<Long> id = SqliteRepositories.existingId(session, repository);
                    if (id.isEmpty() || !areThere(session, id.get(), because)) {
                        return retired;
                    }
                    for (TagPush tag : due) {
                        Optional<Held> held = held(session, id.get(), tag);
                        if (held.isPresent()
                                && held.get().state().keeper().isEmpty()
                                && !rules.rules().immutable().test(repository, tag.tag())) {
                            SqliteManifests.untag(
                                    session, repository, tag.tag(), held.get().manifestId());
                            session.change(
                                    "UPDATE manifest SET retired = 1 WHERE id = ? AND loose_millis"
                                            + " IS NOT NULL",
                                    held.get().manifestId());
                            retired.add(new Retired(tag, held.get().state().manifest()));
                        }
                    }
                    return retired;
                });
    }

    private static boolean areThere(Session session, long repositoryId, List<TagPush> tags)
            throws SQLException {
        for (TagPush tag : tags) {
            if (!session.exists(
                    "SELECT 1 FROM tag WHERE repository_id = ? AND name = ?",
                    repositoryId,
                    tag.tag().value())) {
                return false;
            }
        }
        return true;
    }

    private static Optional<Held> held(Session session, long repositoryId, TagPush tag)
            throws SQLException {
        return session.first(
                SqliteRetention::held,
                "SELECT m.id, m.digest, (SELECT count(*) FROM tag AS o WHERE o.manifest_id = m.id), "
                        + KEEPER
                        + """
                        FROM tag JOIN manifest AS m ON m.id = tag.manifest_id
                        WHERE tag.repository_id = ? AND tag.name = ? AND tag.updated_millis = ?
                        """,
                repositoryId,
                tag.tag().value(),
                tag.pushedMillis());
    }

    private static Held held(ResultSet row) throws SQLException {
        return new Held(
                row.getLong(1),
                new TagState(
                        Digest.parse(row.getString(2)),
                        row.getLong(3),
                        Optional.ofNullable(row.getString(4)).map(Keeper::valueOf)));
    }
}
