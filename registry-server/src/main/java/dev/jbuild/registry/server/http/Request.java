package dev.jbuild.registry.server.http;

import dev.jbuild.oci.RepositoryName;
import java.util.function.Predicate;

/// One HTTP request.
///
/// @param method in upper case, such as `GET`
/// @param path as sent, still percent-encoded, without the query
/// @param query as sent, without the `?`; empty if there is none
/// @param visible the repositories that who asks may know of
public record Request(
        String method,
        String path,
        String query,
        Headers headers,
        Body body,
        Peer peer,
        Predicate<RepositoryName> visible) {

    /// By someone who may know of every repository.
    public Request(
            String method, String path, String query, Headers headers, Body body, Peer peer) {
        this(method, path, query, headers, body, peer, _ -> true);
    }

    public boolean isHead() {
        return method.equals("HEAD");
    }

    public Request withPath(String other) {
        return new Request(method, other, query, headers, body, peer, visible);
    }

    public Request withQuery(String other) {
        return new Request(method, path, other, headers, body, peer, visible);
    }

    public Request visibleTo(Predicate<RepositoryName> repositories) {
        return new Request(method, path, query, headers, body, peer, repositories);
    }
}
