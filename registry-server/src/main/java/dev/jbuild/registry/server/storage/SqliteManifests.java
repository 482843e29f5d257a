package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Manifests and tags in SQLite.
final class SqliteManifests implements ManifestIndex {
    private static final String REPOSITORY_ID = "(SELECT id FROM repository WHERE name = ?)";

    private final SqliteDatabase database;

    SqliteManifests(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public Optional<Entry> find(RepositoryName repository, Reference reference)
            throws StorageException {
        return database.read(session -> find(session, repository, reference));
    }

    @Override
    public Outcome put(
            RepositoryName repository, Addition addition, List<Tag> tags, Condition condition)
            throws StorageException {
        return database.write(
                session -> {
                    if (!holds(session, repository, tags, condition)) {
                        return new Outcome.ConditionFailed();
                    }
                    List<Digest> missing = missing(session, repository, addition);
                    if (!missing.isEmpty()) {
                        return new Outcome.Missing(missing);
                    }
                    long repositoryId = SqliteRepositories.repositoryId(session, repository);
                    long manifestId = insert(session, repositoryId, addition);
                    for (Tag tag : tags) {
                        point(session, repositoryId, tag, manifestId);
                    }
                    return new Outcome.Stored();
                });
    }

    @Override
    public boolean delete(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session -> {
                    Optional<Long> id =
                            session.first(
                                    row -> row.getLong(1),
                                    "SELECT id FROM manifest WHERE digest = ? AND repository_id = "
                                            + REPOSITORY_ID,
                                    digest.toString(),
                                    repository.value());
                    if (id.isEmpty()) {
                        return false;
                    }
                    session.change("DELETE FROM tag WHERE manifest_id = ?", id.get());
                    session.change("DELETE FROM reference WHERE manifest_id = ?", id.get());
                    session.change("DELETE FROM manifest WHERE id = ?", id.get());
                    return true;
                });
    }

    @Override
    public boolean untag(RepositoryName repository, Tag tag) throws StorageException {
        return database.write(
                session ->
                        session.change(
                                        "DELETE FROM tag WHERE name = ? AND repository_id = "
                                                + REPOSITORY_ID,
                                        tag.value(),
                                        repository.value())
                                > 0);
    }

    @Override
    public Optional<List<String>> tags(RepositoryName repository, Page page)
            throws StorageException {
        return database.read(
                session -> {
                    Optional<Long> id =
                            session.first(
                                    row -> row.getLong(1),
                                    "SELECT id FROM repository WHERE name = ?",
                                    repository.value());
                    if (id.isEmpty()) {
                        return Optional.empty();
                    }
                    return Optional.of(
                            session.list(
                                    row -> row.getString(1),
                                    """
                                    SELECT name FROM tag WHERE repository_id = ? AND name > ?
                                    ORDER BY name LIMIT ?
                                    """,
                                    id.get(),
                                    page.after(),
                                    page.limit()));
                });
    }

    @Override
    public List<Descriptor> referrers(
            RepositoryName repository, Digest subject, Optional<String> artifactType, Page page)
            throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteManifests::descriptor,
                                """
                                SELECT descriptor FROM manifest
                                WHERE subject = ? AND (? = '' OR artifact_type = ?) AND digest > ?
                                  AND repository_id = (SELECT id FROM repository WHERE name = ?)
                                ORDER BY digest LIMIT ?
                                """,
                                subject.toString(),
                                artifactType.orElse(""),
                                artifactType.orElse(""),
                                page.after(),
                                repository.value(),
                                page.limit()));
    }

    private static Optional<Entry> find(
            Session session, RepositoryName repository, Reference reference) throws SQLException {
        return switch (reference) {
            case Reference.ByDigest(Digest digest) ->
                    session.first(
                            SqliteManifests::entry,
                            "SELECT digest, media_type, size FROM manifest WHERE digest = ? AND repository_id = "
                                    + REPOSITORY_ID,
                            digest.toString(),
                            repository.value());
            case Reference.ByTag(Tag tag) ->
                    session.first(
                            SqliteManifests::entry,
                            """
                            SELECT digest, media_type, size
                            FROM tag JOIN manifest ON manifest.id = manifest_id
                            WHERE tag.name = ? AND tag.repository_id =
                              (SELECT id FROM repository WHERE name = ?)
                            """,
                            tag.value(),
                            repository.value());
        };
    }

    private static boolean holds(
            Session session, RepositoryName repository, List<Tag> tags, Condition condition)
            throws SQLException {
        for (Tag tag : tags) {
            Optional<String> current =
                    find(session, repository, new Reference.ByTag(tag))
                            .map(entry -> entry.digest().toString());
            boolean holds =
                    switch (condition) {
                        case Condition.Always() -> true;
                        case Condition.Absent() -> current.isEmpty();
                        case Condition.Matches(List<String> digests) ->
                                current.isPresent()
                                        && (digests.contains("*")
                                                || digests.contains(current.get()));
                    };
            if (!holds) {
                return false;
            }
        }
        return true;
    }

    private static List<Digest> missing(
            Session session, RepositoryName repository, Addition addition) throws SQLException {
        Set<Digest> missing = new LinkedHashSet<>();
        for (Digest digest : addition.blobs()) {
            if (!session.exists(
                    """
                    SELECT 1 FROM repository_blob JOIN blob ON blob.id = blob_id
                    WHERE digest = ? AND repository_id = (SELECT id FROM repository WHERE name = ?)
                    """,
                    digest.toString(),
                    repository.value())) {
                missing.add(digest);
            }
        }
        for (Digest digest : addition.manifests()) {
            if (find(session, repository, new Reference.ByDigest(digest)).isEmpty()) {
                missing.add(digest);
            }
        }
        return new ArrayList<>(missing);
    }

    private static long insert(Session session, long repositoryId, Addition addition)
            throws SQLException {
        Descriptor descriptor = addition.descriptor();
        session.change(
                """
                INSERT INTO manifest
                  (repository_id, digest, media_type, size, subject, artifact_type, descriptor,
                   created_millis)
                VALUES (?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?)
                ON CONFLICT (repository_id, digest) DO UPDATE SET media_type = excluded.media_type,
                  descriptor = excluded.descriptor
                """,
                repositoryId,
                descriptor.digest().toString(),
                descriptor.mediaType().value(),
                descriptor.size(),
                addition.subject().map(Digest::toString).orElse(""),
                descriptor.artifactType().map(MediaType::value).orElse(""),
                OciJson.toJson(descriptor).encode(),
                System.currentTimeMillis());
        long id =
                session.first(
                                row -> row.getLong(1),
                                "SELECT id FROM manifest WHERE repository_id = ? AND digest = ?",
                                repositoryId,
                                descriptor.digest().toString())
                        .orElseThrow();
        for (List<Digest> digests : List.of(addition.blobs(), addition.manifests())) {
            for (Digest digest : digests) {
                session.change(
                        "INSERT INTO reference VALUES (?, ?) ON CONFLICT DO NOTHING",
                        id,
                        digest.toString());
            }
        }
        return id;
    }

    private static void point(Session session, long repositoryId, Tag tag, long manifestId)
            throws SQLException {
        session.change(
                """
                INSERT INTO tag VALUES (?, ?, ?, ?) ON CONFLICT (repository_id, name)
                DO UPDATE SET manifest_id = excluded.manifest_id,
                  updated_millis = excluded.updated_millis
                """,
                repositoryId,
                tag.value(),
                manifestId,
                System.currentTimeMillis());
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                Digest.parse(row.getString(1)), new MediaType(row.getString(2)), row.getLong(3));
    }

    private static Descriptor descriptor(ResultSet row) throws SQLException {
        try {
            return OciJson.readDescriptor(JsonMembers.parse("descriptor", row.getBytes(1)));
        } catch (InvalidJsonException e) {
            throw new SQLException("a stored descriptor is damaged", e);
        }
    }
}
