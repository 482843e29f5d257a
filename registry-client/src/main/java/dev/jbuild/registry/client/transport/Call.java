package dev.jbuild.registry.client.transport;

import dev.jbuild.registry.client.auth.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import okhttp3.HttpUrl;

/// One request to the registry.
///
/// @param scopes what a token for it has to allow
/// @param repeatable whether it may be sent again when its fate is unknown
public record Call(
        String method,
        HttpUrl url,
        Map<String, String> headers,
        Optional<Payload> payload,
        List<Scope> scopes,
        boolean repeatable) {
    public Call {
        headers = Map.copyOf(headers);
        scopes = List.copyOf(scopes);
    }

    public static Call of(String method, HttpUrl url, Scope scope) {
        return new Call(method, url, Map.of(), Optional.empty(), List.of(scope), true);
    }

    public Call with(String header, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new Call(method, url, all, payload, scopes, repeatable);
    }

    public Call with(Payload body) {
        return new Call(method, url, headers, Optional.of(body), scopes, repeatable);
    }

    public Call alsoFor(Scope scope) {
        return new Call(
                method, url, headers, payload, Scope.union(scopes, List.of(scope)), repeatable);
    }

    /// Not to be sent again by the transport: the caller knows better what to do.
    public Call once() {
        return new Call(method, url, headers, payload, scopes, false);
    }
}
