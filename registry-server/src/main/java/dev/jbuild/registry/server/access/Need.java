package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.protocol.Route;
import dev.jbuild.registry.server.storage.Reference;
import java.util.Optional;

/// What a request has to be allowed, and how the record calls it.
///
/// @param repository empty if it is of no one repository
/// @param name in the audit log
/// @param subject in the audit log
/// @param source the repository that a blob is to be mounted from, if the request names one
record Need(
        Optional<RepositoryName> repository,
        Action action,
        String name,
        String subject,
        Optional<RepositoryName> source) {
    private static final String CATALOG = "catalog";

    Need(Optional<RepositoryName> repository, Action action, String name, String subject) {
        this(repository, action, name, subject, Optional.empty());
    }

    /// @param query of the request
    static Need of(Route route, String query) {
        Need need = of(route);
        return route instanceof Route.StartUpload
                ? new Need(
                        need.repository, need.action, need.name, need.subject, mountedFrom(query))
                : need;
    }

    /// Empty, too, if what is named is no repository: then there is nothing to mount.
    private static Optional<RepositoryName> mountedFrom(String query) {
        try {
            Query parameters = Query.parse(query);
            return parameters.first("mount").isEmpty()
                    ? Optional.empty()
                    : parameters.first("from").map(RepositoryName::new);
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Need of(Route route) {
        return switch (route) {
            case Route.Ping _ -> none("ping");
            case Route.Catalog _ -> none(CATALOG);
            case Route.Discover _ -> none("discover");
            case Route.ReadBlob read ->
                    of(read.repository(), Action.PULL, "pull-blob", "@" + read.digest());
            case Route.DeleteBlob delete ->
                    of(delete.repository(), Action.DELETE, "delete-blob", "@" + delete.digest());
            case Route.StartUpload start -> of(start.repository(), Action.PUSH, "push-blob", "");
            case Route.ReadUpload read -> of(read.repository(), Action.PUSH, "read-upload", "");
            case Route.PatchUpload patch -> of(patch.repository(), Action.PUSH, "push-part", "");
            case Route.FinishUpload finish -> of(finish.repository(), Action.PUSH, "push-blob", "");
            case Route.CancelUpload cancel ->
                    of(cancel.repository(), Action.PUSH, "cancel-upload", "");
            case Route.ReadManifest read ->
                    of(read.repository(), Action.PULL, "pull", text(read.reference()));
            case Route.PutManifest put ->
                    of(put.repository(), Action.PUSH, "push", text(put.reference()));
            case Route.DeleteManifest delete ->
                    of(delete.repository(), Action.DELETE, "delete", text(delete.reference()));
            case Route.ListTags list -> of(list.repository(), Action.PULL, "list-tags", "");
            case Route.ListReferrers list ->
                    of(list.repository(), Action.PULL, "list-referrers", "@" + list.subject());
        };
    }

    private static Need none(String name) {
        return new Need(Optional.empty(), Action.PULL, name, "");
    }

    private static Need of(RepositoryName repository, Action action, String name, String rest) {
        return new Need(Optional.of(repository), action, name, repository + rest);
    }

    private static String text(Reference reference) {
        return switch (reference) {
            case Reference.ByTag(var tag) -> ":" + tag.value();
            case Reference.ByDigest(var digest) -> "@" + digest;
        };
    }

    /// The scopes a token must have, as clients ask for them: who pushes wants to look first, and
    /// who mounts may have to pull elsewhere.
    Optional<String> scope() {
        if (name.equals(CATALOG)) {
            return Optional.of(new Scope.Catalog().toString());
        }
        return repository.map(
                known ->
                        scope(known, action == Action.PUSH ? "pull,push" : action.token())
                                + source.map(from -> " " + scope(from, Action.PULL.token()))
                                        .orElse(""));
    }

    private static String scope(RepositoryName repository, String actions) {
        return "repository:" + repository + ":" + actions;
    }
}
