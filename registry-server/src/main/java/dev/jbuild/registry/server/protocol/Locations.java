package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Reference;

/// `Location`s, relative to the host, so that they are right behind any proxy.
final class Locations {
    private Locations() {}

    static String blob(RepositoryName repository, Digest digest) {
        return "/v2/" + repository + "/blobs/" + digest;
    }

    static String upload(RepositoryName repository, String id) {
        return "/v2/" + repository + "/blobs/uploads/" + id;
    }

    static String manifest(RepositoryName repository, Reference reference) {
        return "/v2/"
                + repository
                + "/manifests/"
                + switch (reference) {
                    case Reference.ByTag(var tag) -> tag.value();
                    case Reference.ByDigest(var digest) -> digest.toString();
                };
    }
}
