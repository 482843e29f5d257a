package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Page;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.RuleViolationException;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Manifests and tags in SQLite.
final class SqliteManifests implements ManifestIndex {
    private static final String REPOSITORY_ID = "(SELECT id FROM repository WHERE name = ?)";

    private static final int PRESENT_AT_ONCE = 1000;

    private final SqliteDatabase database;
    private final Rules rules;

    SqliteManifests(SqliteDatabase database, Rules rules) {
        this.database = database;
        this.rules = rules;
    }

    @Override
    public Optional<Entry> find(RepositoryName repository, Reference reference)
            throws StorageException {
        return database.read(
                session -> {
                    Optional<Entry> entry = find(session, repository, reference);
                    return entry.isPresent() && isDamaged(session, entry.get().digest())
                            ? Optional.empty()
                            : entry;
                });
    }

    @Override
    public Set<Digest> present(RepositoryName repository, List<Digest> digests)
            throws StorageException {
        return database.read(
                session -> {
                    Set<Digest> present = new HashSet<>();
                    for (int from = 0; from < digests.size(); from += PRESENT_AT_ONCE) {
                        int to = Math.min(digests.size(), from + PRESENT_AT_ONCE);
                        present.addAll(present(session, repository, digests.subList(from, to)));
                    }
                    return present;
                });
    }

    /// Digests need no escapes in JSON.
    private static List<Digest> present(
            Session session, RepositoryName repository, List<Digest> digests) throws SQLException {
        return session.list(
                row -> Digest.parse(row.getString(1)),
                """
                SELECT digest FROM manifest
                WHERE repository_id = (SELECT id FROM repository WHERE name = ?)
                  AND digest IN (SELECT value FROM json_each(?))
                  AND NOT EXISTS (SELECT 1 FROM blob WHERE blob.digest = manifest.digest
                                  AND damaged_millis IS NOT NULL)
                """,
                repository.value(),
                digests.stream()
                        .map(digest -> "\"" + digest + "\"")
                        .collect(Collectors.joining(",", "[", "]")));
    }

    @Override
    public Outcome put(
            RepositoryName repository, Addition addition, List<Tag> tags, Condition condition)
            throws StorageException {
        return database.write(session -> put(session, repository, addition, tags, condition));
    }

    @Override
    public void putAll(List<Bundle> bundles) throws StorageException {
        database.write(
                session -> {
                    for (Bundle bundle : bundles) {
                        putAll(session, bundle);
                    }
                    return true;
                });
    }

    private void putAll(Session session, Bundle bundle) throws SQLException {
        RepositoryName repository = bundle.repository();
        for (Map.Entry<Digest, Long> blob : bundle.blobs().entrySet()) {
            SqliteRepositories.link(session, rules, repository, blob.getKey(), blob.getValue());
        }
        for (Bundle.Tagged manifest : bundle.manifests()) {
            Outcome outcome =
                    put(
                            session,
                            repository,
                            manifest.addition(),
                            manifest.tags(),
                            new Condition.Always());
            requireStored(repository, manifest.addition().descriptor().digest(), outcome);
        }
    }

    private static void requireStored(RepositoryName repository, Digest manifest, Outcome outcome)
            throws RuleViolationException {
        switch (outcome) {
            case Outcome.Stored() -> {}
            case Outcome.ConditionFailed() ->
                    throw new IllegalStateException("there was no condition");
            case Outcome.Missing(List<Digest> digests) ->
                    throw new RuleViolationException(
                            RuleViolationException.Rule.INCOMPLETE,
                            "'"
                                    + repository
                                    + "' would lack what manifest "
                                    + manifest
                                    + " refers to: "
                                    + digests.getFirst()
                                    + (digests.size() > 1
                                            ? " and " + (digests.size() - 1) + " more"
                                            : ""));
            case Outcome.WrongSize(Mention mention, long size) ->
                    throw new RuleViolationException(
                            RuleViolationException.Rule.INCOMPLETE,
                            "manifest "
                                    + manifest
                                    + " says that "
                                    + mention.digest()
                                    + " has "
                                    + mention.size()
                                    + " bytes; in '"
                                    + repository
                                    + "' it has "
                                    + size);
        }
    }

    @Override
    public List<Entry> manifests(RepositoryName repository, Page page) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                SqliteManifests::entry,
                                "SELECT digest, media_type, size, loose_millis FROM manifest WHERE"
                                        + " repository_id = "
                                        + REPOSITORY_ID
                                        + " AND digest > ? ORDER BY digest LIMIT ?",
                                repository.value(),
                                page.after(),
                                page.limit()));
    }

    /// Part of a transaction.
    private Outcome put(
            Session session,
            RepositoryName repository,
            Addition addition,
            List<Tag> tags,
            Condition condition)
            throws SQLException {
        if (!holds(session, repository, tags, condition)) {
            return new Outcome.ConditionFailed();
        }
        Optional<Outcome> refusal = refusal(session, repository, addition);
        if (refusal.isPresent()) {
            return refusal.get();
        }
        Digest digest = addition.descriptor().digest();
        for (Tag tag : tags) {
            requireStays(session, repository, tag, digest);
        }
        Optional<Entry> known = find(session, repository, new Reference.ByDigest(digest));
        if (known.isEmpty()) {
            rules.requireRoom(
                    session, repository, Optional.of(digest), addition.descriptor().size());
        }
        long repositoryId = SqliteRepositories.repositoryId(session, repository);
        long manifestId = insert(session, repositoryId, addition);
        MediaType type = addition.descriptor().mediaType();
        if (known.isEmpty() || !known.get().mediaType().equals(type)) {
            session.record(
                    new Change.ManifestPut(repository, digest, addition.descriptor().size(), type));
        }
        long now = System.currentTimeMillis();
        for (Tag tag : tags) {
            point(session, repositoryId, tag, manifestId, now);
            session.record(new Change.Tagged(repository, tag, digest, now));
        }
        return new Outcome.Stored();
    }

    @Override
    public boolean keep(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session ->
                        session.change(
                                        """
                                        UPDATE manifest SET loose_millis =
                                          CASE WHEN loose_millis IS NULL THEN NULL ELSE ? END
                                        WHERE digest = ? AND repository_id =
                                        """
                                                + REPOSITORY_ID,
                                        System.currentTimeMillis(),
                                        digest.toString(),
                                        repository.value())
                                > 0);
    }

    @Override
    public boolean delete(RepositoryName repository, Digest digest) throws StorageException {
        return database.write(
                session -> {
                    Optional<Long> repositoryId =
                            SqliteRepositories.existingId(session, repository);
                    Optional<Long> id =
                            repositoryId.isEmpty()
                                    ? Optional.empty()
                                    : manifestId(session, repositoryId.get(), digest);
                    if (id.isPresent()) {
                        rules.requireUntaggable(session, repository, id.get());
                    }
                    return delete(session, repository, digest);
                });
    }

    /// Part of a transaction.
    ///
    /// @return whether it was there
    static boolean delete(Session session, RepositoryName repository, Digest digest)
            throws SQLException {
        Optional<Long> repositoryId = SqliteRepositories.existingId(session, repository);
        if (repositoryId.isEmpty()) {
            return false;
        }
        Optional<Long> id = manifestId(session, repositoryId.get(), digest);
        if (id.isEmpty()) {
            return false;
        }
        List<String> references =
                session.list(
                        row -> row.getString(1),
                        "SELECT digest FROM reference WHERE manifest_id = ?",
                        id.get());
        session.change("DELETE FROM tag WHERE manifest_id = ?", id.get());
        session.change("DELETE FROM reference WHERE manifest_id = ?", id.get());
        session.change("DELETE FROM manifest WHERE id = ?", id.get());
        for (String reference : references) {
            Contents.leave(session, repositoryId.get(), reference);
        }
        session.change( // what referred to it has time from now on
                """
                UPDATE manifest SET loose_millis = ?
                WHERE repository_id = ? AND subject = ? AND loose_millis IS NOT NULL
                """,
                System.currentTimeMillis(),
                repositoryId.get(),
                digest.toString());
        Contents.release(session, digest);
        session.record(new Change.ManifestDeleted(repository, digest));
        return true;
    }

    @Override
    public boolean untag(RepositoryName repository, Tag tag) throws StorageException {
        return database.write(
                session -> {
                    Optional<Long> id = SqliteRepositories.existingId(session, repository);
                    if (id.isEmpty()) {
                        return false;
                    }
                    Optional<Long> manifestId = tagged(session, id.get(), tag);
                    if (manifestId.isEmpty()) {
                        return false;
                    }
                    rules.requireMovable(repository, tag);
                    untag(session, repository, tag, manifestId.get());
                    return true;
                });
    }

    /// Part of a transaction.
    ///
    /// @param manifestId what the tag points at
    static void untag(Session session, RepositoryName repository, Tag tag, long manifestId)
            throws SQLException {
        session.change(
                "DELETE FROM tag WHERE name = ? AND repository_id = " + REPOSITORY_ID,
                tag.value(),
                repository.value());
        Contents.loosen(session, manifestId);
        session.record(new Change.Untagged(repository, tag));
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
                session -> {
                    Optional<Long> id = SqliteRepositories.existingId(session, repository);
                    if (id.isEmpty()) {
                        return List.of();
                    }
                    String select =
                            "SELECT descriptor FROM manifest WHERE repository_id = ? AND subject ="
                                    + " ? AND digest > ?";
                    String order = " ORDER BY digest LIMIT ?";
                    return artifactType.isEmpty()
                            ? session.list(
                                    SqliteManifests::descriptor,
                                    select + order,
                                    id.get(),
                                    subject.toString(),
                                    page.after(),
                                    page.limit())
                            : session.list(
                                    SqliteManifests::descriptor,
                                    select + " AND artifact_type = ?" + order,
                                    id.get(),
                                    subject.toString(),
                                    page.after(),
                                    artifactType.get(),
                                    page.limit());
                });
    }

    private static Optional<Entry> find(
            Session session, RepositoryName repository, Reference reference) throws SQLException {
        return switch (reference) {
            case Reference.ByDigest(Digest digest) ->
                    session.first(
                            SqliteManifests::entry,
                            "SELECT digest, media_type, size, loose_millis FROM manifest WHERE"
                                    + " digest = ? AND repository_id = "
                                    + REPOSITORY_ID,
                            digest.toString(),
                            repository.value());
            case Reference.ByTag(Tag tag) ->
                    session.first(
                            SqliteManifests::entry,
                            """
                            SELECT digest, media_type, size, loose_millis
                            FROM tag JOIN manifest ON manifest.id = manifest_id
                            WHERE tag.name = ? AND tag.repository_id =
                              (SELECT id FROM repository WHERE name = ?)
                            """,
                            tag.value(),
                            repository.value());
        };
    }

    private static boolean isDamaged(Session session, Digest digest) throws SQLException {
        return session.exists(
                "SELECT 1 FROM blob WHERE digest = ? AND damaged_millis IS NOT NULL",
                digest.toString());
    }

    private void requireStays(Session session, RepositoryName repository, Tag tag, Digest digest)
            throws SQLException {
        Optional<Entry> current = find(session, repository, new Reference.ByTag(tag));
        if (current.isPresent() && !current.get().digest().equals(digest)) {
            rules.requireMovable(repository, tag);
        }
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

    /// Because of what the repository lacks, or has in another size than the manifest says.
    private static Optional<Outcome> refusal(
            Session session, RepositoryName repository, Addition addition) throws SQLException {
        Map<Digest, Long> sizes = new HashMap<>();
        Set<Digest> missing = new LinkedHashSet<>();
        for (Digest digest : addition.blobs()) {
            SqliteRepositories.sizeIn(session, repository, digest)
                    .ifPresentOrElse(size -> sizes.put(digest, size), () -> missing.add(digest));
        }
        for (Digest digest : addition.manifests()) {
            manifestSize(session, repository, digest)
                    .ifPresentOrElse(size -> sizes.put(digest, size), () -> missing.add(digest));
        }
        if (!missing.isEmpty()) {
            return Optional.of(new Outcome.Missing(new ArrayList<>(missing)));
        }
        for (Mention mention : addition.mentions()) {
            Digest digest = mention.digest();
            Optional<Long> size =
                    sizes.containsKey(digest)
                            ? Optional.ofNullable(sizes.get(digest))
                            : anySize(session, repository, digest); // it needn't be here
            if (size.isPresent() && size.get() != mention.size()) {
                return Optional.of(new Outcome.WrongSize(mention, size.get()));
            }
        }
        return Optional.empty();
    }

    /// Empty if the repository doesn't have it, or it is damaged.
    private static Optional<Long> manifestSize(
            Session session, RepositoryName repository, Digest digest) throws SQLException {
        Optional<Entry> entry = find(session, repository, new Reference.ByDigest(digest));
        return entry.isEmpty() || isDamaged(session, digest)
                ? Optional.empty()
                : Optional.of(entry.get().size());
    }

    /// Empty if the repository doesn't have it.
    private static Optional<Long> anySize(Session session, RepositoryName repository, Digest digest)
            throws SQLException {
        Optional<Long> blob = SqliteRepositories.sizeIn(session, repository, digest);
        return blob.isPresent() ? blob : manifestSize(session, repository, digest);
    }

    private static long insert(Session session, long repositoryId, Addition addition)
            throws SQLException {
        Descriptor descriptor = addition.descriptor();
        long now = System.currentTimeMillis();
        Contents.claim(session, descriptor.digest(), descriptor.size());
        session.change(
                """
                INSERT INTO manifest
                  (repository_id, digest, media_type, size, subject, artifact_type, descriptor,
                   created_millis, loose_millis)
                VALUES (?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?8, ?8)
                ON CONFLICT (repository_id, digest) DO UPDATE SET media_type = excluded.media_type,
                  descriptor = excluded.descriptor,
                  loose_millis = CASE WHEN loose_millis IS NULL THEN NULL ELSE ?8 END,
                  retired = 0
                """,
                repositoryId,
                descriptor.digest().toString(),
                descriptor.mediaType().value(),
                descriptor.size(),
                addition.subject().map(Digest::toString).orElse(""),
                descriptor.artifactType().map(MediaType::value).orElse(""),
                OciJson.toJson(descriptor).encode(),
                now);
        long id = manifestId(session, repositoryId, descriptor.digest()).orElseThrow();
        for (Digest digest : addition.references()) {
            session.change(
                    """
                    INSERT INTO reference (manifest_id, digest, repository_id) VALUES (?, ?, ?)
                    ON CONFLICT DO NOTHING
                    """,
                    id,
                    digest.toString(),
                    repositoryId);
            Contents.use(session, repositoryId, digest.toString());
        }
        return id;
    }

    private static void point(
            Session session, long repositoryId, Tag tag, long manifestId, long nowMillis)
            throws SQLException {
        Optional<Long> before = tagged(session, repositoryId, tag);
        session.change(
                """
                INSERT INTO tag VALUES (?, ?, ?, ?) ON CONFLICT (repository_id, name)
                DO UPDATE SET manifest_id = excluded.manifest_id,
                  updated_millis = excluded.updated_millis
                """,
                repositoryId,
                tag.value(),
                manifestId,
                nowMillis);
        session.change(
                """
                UPDATE manifest SET loose_millis = NULL, retired = 0
                WHERE id = ? AND loose_millis IS NOT NULL
                """,
                manifestId);
        if (before.isPresent()) {
            Contents.loosen(session, before.get());
        }
    }

    /// The manifest that a tag points at.
    private static Optional<Long> tagged(Session session, long repositoryId, Tag tag)
            throws SQLException {
        return session.first(
                row -> row.getLong(1),
                "SELECT manifest_id FROM tag WHERE repository_id = ? AND name = ?",
                repositoryId,
                tag.value());
    }

    private static Optional<Long> manifestId(Session session, long repositoryId, Digest digest)
            throws SQLException {
        return session.first(
                row -> row.getLong(1),
                "SELECT id FROM manifest WHERE repository_id = ? AND digest = ?",
                repositoryId,
                digest.toString());
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                Digest.parse(row.getString(1)),
                new MediaType(row.getString(2)),
                row.getLong(3),
                Session.optionalLong(row, 4));
    }

    private static Descriptor descriptor(ResultSet row) throws SQLException {
        try {
            return OciJson.readDescriptor(JsonMembers.parse("descriptor", row.getBytes(1)));
        } catch (InvalidJsonException e) {
            throw new SQLException("a stored descriptor is damaged", e);
        }
    }
}
