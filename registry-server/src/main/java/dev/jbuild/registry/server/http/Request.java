package dev.jbuild.registry.server.http;

/// One HTTP request.
///
/// @param method in upper case, such as `GET`
/// @param path as sent, still percent-encoded, without the query
/// @param query as sent, without the `?`; empty if there is none
public record Request(String method, String path, String query, Headers headers, Body body) {

    public boolean isHead() {
        return method.equals("HEAD");
    }
}
