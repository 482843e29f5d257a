package dev.jbuild.registry.server.access;

import dev.jbuild.oci.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Tokens of this registry: who it is, and what was granted (Docker's "Token authentication
/// implementation"). Safe for use by several threads.
final class Tokens {
    private static final int MOST_KEPT = 10_000;
    private static final int LONGEST_KEPT = 2_000;
    private static final Duration SKEW = Duration.ofSeconds(10);

    private final TokenKey key;
    private final String service;
    private final Duration life;
    private final InstantSource clock;

    /// Those verified last: a client sends the same one with each request.
    private final Map<String, Verified> verified = new ConcurrentHashMap<>();

    /// @param expires seconds since 1970
    private record Verified(Grant grant, long expires) {}

    /// @param text what is sent as Bearer
    record Issued(String text, Instant at, Duration life) {}

    Tokens(TokenKey key, String service, Duration life, InstantSource clock) {
        this.key = key;
        this.service = service;
        this.life = life;
        this.clock = clock;
    }

    Issued issue(Principal principal, List<Scope> scopes) {
        Instant now = clock.instant();
        List<Json> access = new ArrayList<>();
        for (Scope scope : scopes) {
            access.add(
                    switch (scope) {
                        case Scope.Catalog _ -> access("registry", "catalog", List.of("*"));
                        case Scope.Repository repository ->
                                access(
                                        "repository",
                                        repository.name().value(),
                                        repository.actions().stream()
                                                .sorted()
                                                .map(Action::token)
                                                .toList());
                    });
        }
        Json.Obj claims =
                Json.object()
                        .put("iss", service)
                        .put("sub", principal.name())
                        .put("aud", service)
                        .put("iat", now.getEpochSecond())
                        .put("nbf", now.minus(SKEW).getEpochSecond())
                        .put("exp", now.plus(life).getEpochSecond())
                        .put("jti", Passwords.random())
                        .put("access", Json.array(access))
                        .putStrings("groups", principal.groups().stream().sorted().toList())
                        .putStrings(
                                "limits", principal.limits().stream().map(Limit::toString).toList())
                        .build();
        return new Issued(key.sign(claims), now, life);
    }

    /// Binds a text to the key of tokens.
    String mark(String text) {
        return key.mac(text);
    }

    boolean issued(Jwt token) {
        return token.text("iss").equals(Optional.of(service))
                && token.headerText("kid").equals(Optional.of(key.id()));
    }

    /// @param text what `token` was read from
    Grant verify(String text, Jwt token) throws InvalidTokenException {
        key.verify(token);
        long now = clock.instant().getEpochSecond();
        long expires = token.time("exp").orElse(0L);
        if (now >= expires || now < token.time("nbf").orElse(Long.MAX_VALUE)) {
            throw new InvalidTokenException("the token is expired");
        }
        Principal principal =
                new Principal(
                        token.text("sub").orElse(""),
                        Set.copyOf(token.texts("groups")),
                        token.texts("limits").stream().map(Limit::parse).toList());
        Grant grant = new Grant(principal, Optional.of(scopes(token)), false);
        if (verified.size() >= MOST_KEPT) {
            verified.clear();
        }
        if (text.length() <= LONGEST_KEPT) {
            verified.put(text, new Verified(grant, expires));
        }
        return grant;
    }

    /// The grant of a token that was verified before and is still valid.
    Optional<Grant> known(String text) {
        Verified known = verified.get(text);
        return known != null && clock.instant().getEpochSecond() < known.expires()
                ? Optional.of(known.grant())
                : Optional.empty();
    }

    private static Json access(String type, String name, List<String> actions) {
        return Json.object()
                .put("type", type)
                .put("name", name)
                .put("actions", Json.strings(actions))
                .build();
    }

    private static List<Scope> scopes(Jwt token) {
        List<Scope> scopes = new ArrayList<>();
        if (token.claims().get("access").orElse(null) instanceof Json.Arr(List<Json> items)) {
            for (Json item : items) {
                if (item instanceof Json.Obj access
                        && access.get("type").orElse(null) instanceof Json.Str(String type)
                        && access.get("name").orElse(null) instanceof Json.Str(String name)
                        && access.get("actions").orElse(null) instanceof Json.Arr(var actions)) {
                    String words =
                            String.join(
                                    ",",
                                    actions.stream()
                                            .filter(Json.Str.class::isInstance)
                                            .map(action -> ((Json.Str) action).value())
                                            .toList());
                    scopes.addAll(Scope.parse(type + ":" + name + ":" + words));
                }
            }
        }
        return scopes;
    }
}
