package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.RuleViolationException;
import dev.jbuild.registry.server.storage.RuleViolationException.Rule;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Checks rules as steps of transactions, so that nobody gets past them by being fast.
record Rules(RepositoryRules rules) {

    /// @throws RuleViolationException if there is no room for so many more bytes
    /// @param digest of what is to be added; content that is there already takes no more of the
    ///     disk
    void requireRoom(Session session, RepositoryName repository, Optional<Digest> digest, long size)
            throws SQLException {
        OptionalLong most = rules.mostBytesOf().apply(repository);
        if (most.isPresent()) {
            require(
                    used(session, repository),
                    size,
                    most.getAsLong(),
                    "repository '" + repository + "'");
        }
        if (rules.mostBytes().isPresent()
                && digest.isPresent()
                && !session.exists(
                        "SELECT 1 FROM blob WHERE digest = ?", digest.get().toString())) {
            require(used(session), size, rules.mostBytes().getAsLong(), "this registry");
        }
    }

    boolean limitRoom(RepositoryName repository) {
        return rules.mostBytes().isPresent() || rules.mostBytesOf().apply(repository).isPresent();
    }

    /// @throws RuleViolationException if there is no room for what uploads under way have
    /// @param there how many bytes the repository has of what is to come
    RepositoryIndex.Room requireRoom(
            Session session,
            RepositoryName repository,
            Optional<Digest> digest,
            long there,
            RepositoryIndex.UnderWay underWay)
            throws SQLException {
        long inRepository = Long.MAX_VALUE;
        OptionalLong most = rules.mostBytesOf().apply(repository);
        if (most.isPresent()) {
            inRepository =
                    room(
                            used(session, repository),
                            underWay.own() - Math.min(there, underWay.own()),
                            underWay.inRepository() - underWay.own(),
                            most.getAsLong(),
                            "repository '" + repository + "'");
            inRepository += Math.min(there, underWay.own());
        }
        long inAll = Long.MAX_VALUE;
        if (rules.mostBytes().isPresent()) {
            long anywhere =
                    digest.isPresent()
                            ? session.first(
                                            row -> row.getLong(1),
                                            "SELECT size FROM blob WHERE digest = ?",
                                            digest.get().toString())
                                    .orElse(0L)
                            : 0;
            inAll =
                    room(
                            used(session),
                            underWay.own() - Math.min(anywhere, underWay.own()),
                            underWay.inAll() - underWay.own(),
                            rules.mostBytes().getAsLong(),
                            "this registry");
            inAll += Math.min(anywhere, underWay.own());
        }
        return new RepositoryIndex.Room(inRepository, inAll);
    }

    /// @param own bytes of the upload that count
    /// @param others bytes of the others
    /// @return how many bytes of uploads there is room for
    private static long room(long used, long own, long others, long most, String who) {
        require(used + others, own, most, who);
        return most - used;
    }

    private static long used(Session session, RepositoryName repository) throws SQLException {
        return session.first(
                        row -> row.getLong(1),
                        "SELECT bytes FROM repository WHERE name = ?",
                        repository.value())
                .orElse(0L);
    }

    private static long used(Session session) throws SQLException {
        return session.first(row -> row.getLong(1), "SELECT bytes FROM total").orElse(0L);
    }

    /// @throws RuleViolationException if the tag has to stay where it is
    void requireMovable(RepositoryName repository, Tag tag) {
        if (rules.immutable().test(repository, tag)) {
            throw new RuleViolationException(
                    Rule.IMMUTABLE_TAG,
                    "tag '"
                            + tag
                            + "' of '"
                            + repository
                            + "' is immutable: it can't be moved or deleted; push another tag");
        }
    }

    /// @throws RuleViolationException if a tag of the manifest has to stay
    void requireUntaggable(Session session, RepositoryName repository, long manifestId)
            throws SQLException {
        List<String> tags =
                session.list(
                        row -> row.getString(1),
                        "SELECT name FROM tag WHERE manifest_id = ?",
                        manifestId);
        tags.forEach(tag -> requireMovable(repository, new Tag(tag)));
    }

    private static void require(long used, long more, long most, String who) {
        if (used + more > most) {
            throw new RuleViolationException(
                    Rule.QUOTA,
                    "the quota of "
                            + who
                            + " is "
                            + most
                            + " bytes, of which "
                            + used
                            + " are used; "
                            + more
                            + " more don't fit: delete what isn't needed, or ask for a larger quota");
        }
    }
}
