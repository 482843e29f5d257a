package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Reference;

/// What a request asks for; the ids are those of the specification's table of endpoints.
public sealed interface Route {
    /// end-1
    record Ping() implements Route {}

    /// `/v2/_catalog`, docker's extension
    record Catalog() implements Route {}

    /// `/v2/_oci/ext/discover`
    record Discover() implements Route {}

    /// end-2; `HEAD`, too
    record ReadBlob(RepositoryName repository, Digest digest) implements Route {}

    /// end-10
    record DeleteBlob(RepositoryName repository, Digest digest) implements Route {}

    /// end-4a, 4b, 4c and 11
    record StartUpload(RepositoryName repository) implements Route {}

    /// end-13; `HEAD`, too
    record ReadUpload(RepositoryName repository, String id) implements Route {}

    /// end-5
    record PatchUpload(RepositoryName repository, String id) implements Route {}

    /// end-6
    record FinishUpload(RepositoryName repository, String id) implements Route {}

    /// end-14
    record CancelUpload(RepositoryName repository, String id) implements Route {}

    /// end-3; `HEAD`, too
    record ReadManifest(RepositoryName repository, Reference reference) implements Route {}

    /// end-7a and 7b
    record PutManifest(RepositoryName repository, Reference reference) implements Route {}

    /// end-9
    record DeleteManifest(RepositoryName repository, Reference reference) implements Route {}

    /// end-8a and 8b
    record ListTags(RepositoryName repository) implements Route {}

    /// end-12a and 12b
    record ListReferrers(RepositoryName repository, Digest subject) implements Route {}

    default Action action() {
        return switch (this) {
            case Ping _, Discover _ -> Action.PING;
            case Catalog _ -> Action.CATALOG;
            case ReadBlob _, ReadManifest _, ListTags _, ListReferrers _ -> Action.PULL;
            case StartUpload _, ReadUpload _, PatchUpload _, FinishUpload _, CancelUpload _ ->
                    Action.PUSH;
            case PutManifest _ -> Action.PUSH;
            case DeleteBlob _, DeleteManifest _ -> Action.DELETE;
        };
    }
}
