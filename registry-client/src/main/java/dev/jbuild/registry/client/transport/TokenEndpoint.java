package dev.jbuild.registry.client.transport;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.registry.client.auth.AuthenticationException;
import dev.jbuild.registry.client.auth.Challenge;
import dev.jbuild.registry.client.auth.Credentials;
import dev.jbuild.registry.client.auth.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import okhttp3.FormBody;
import okhttp3.HttpUrl;

/// Asks the realm of a challenge for tokens (distribution, "Token Authentication Specification" and
/// "OAuth2 token authentication").
final class TokenEndpoint {
    private static final int MOST_BYTES = 64 << 10;
    private static final String CLIENT_ID = "jbuild";
    private static final long DEFAULT_SECONDS = 60;

    /// Answers to a POST after which a GET may do.
    private static final Set<Integer> NO_POST = Set.of(400, 401, 404, 405);

    private final HttpUrl registry;
    private final Exchange exchange;
    private final Retry retry;

    TokenEndpoint(HttpUrl registry, Exchange exchange, Retry retry) {
        this.registry = registry;
        this.exchange = exchange;
        this.retry = retry;
    }

    /// @throws AuthenticationException if it refuses, or may not be asked
    Token fetch(Challenge.Bearer challenge, List<Scope> scopes, Optional<Credentials> credentials)
            throws IOException, InterruptedException {
        HttpUrl realm = realm(challenge, credentials);
        Instant now = Instant.now();
        if (credentials.isPresent()
                && credentials.get() instanceof Credentials.IdentityToken identity) {
            try (Answer answer = post(realm, challenge, scopes, identity)) {
                boolean mayGet = !identity.user().isEmpty() && NO_POST.contains(answer.status());
                if (!mayGet) {
                    return token(realm, answer, scopes, now);
                }
            }
        }
        try (Answer answer = get(realm, challenge, scopes, credentials)) {
            return token(realm, answer, scopes, now);
        }
    }

    private HttpUrl realm(Challenge.Bearer challenge, Optional<Credentials> credentials)
            throws AuthenticationException {
        HttpUrl realm = registry.resolve(challenge.realm());
        if (realm == null) {
            throw new AuthenticationException(
                    "the registry names a token endpoint that is no http URL", false);
        }
        boolean loopback = Hosts.isLoopback(realm.host()) && Hosts.isLoopback(registry.host());
        if (!realm.isHttps() && !loopback && (registry.isHttps() || credentials.isPresent())) {
            throw new AuthenticationException(
                    "the registry wants credentials sent to "
                            + Urls.redact(realm)
                            + " without TLS, which is not done",
                    false);
        }
        if (Hosts.isPrivate(realm.host()) && !Hosts.isPrivate(registry.host())) {
            throw new AuthenticationException(
                    "the registry names a token endpoint in a private network, "
                            + Urls.redact(realm)
                            + ", which is not asked",
                    false);
        }
        return realm;
    }

    private Answer get(
            HttpUrl realm,
            Challenge.Bearer challenge,
            List<Scope> scopes,
            Optional<Credentials> credentials)
            throws IOException, InterruptedException {
        HttpUrl.Builder url = realm.newBuilder();
        challenge.service().ifPresent(service -> url.addQueryParameter("service", service));
        scopes.forEach(scope -> url.addQueryParameter("scope", scope.toString()));
        url.addQueryParameter("client_id", CLIENT_ID);
        return send(
                "GET", url.build(), Optional.empty(), credentials.flatMap(TokenEndpoint::basic));
    }

    private Answer post(
            HttpUrl realm,
            Challenge.Bearer challenge,
            List<Scope> scopes,
            Credentials.IdentityToken identity)
            throws IOException, InterruptedException {
        FormBody.Builder form =
                new FormBody.Builder()
                        .add("grant_type", "refresh_token")
                        .add("refresh_token", identity.token())
                        .add("client_id", CLIENT_ID);
        challenge.service().ifPresent(service -> form.add("service", service));
        if (!scopes.isEmpty()) {
            form.add("scope", String.join(" ", scopes.stream().map(Scope::toString).toList()));
        }
        okio.Buffer body = new okio.Buffer();
        form.build().writeTo(body);
        return send("POST", realm, Optional.of(Payload.of(body.readByteArray())), Optional.empty());
    }

    private Answer send(
            String method, HttpUrl url, Optional<Payload> payload, Optional<String> authorization)
            throws IOException, InterruptedException {
        Map<String, String> headers =
                payload.isPresent()
                        ? Map.of("Content-Type", "application/x-www-form-urlencoded")
                        : Map.of();
        while (true) {
            Answer answer;
            try {
                answer = exchange.send(method, url, headers, payload, authorization);
            } catch (IOException e) {
                if (retry.again(e, true)) {
                    continue;
                }
                throw e;
            }
            if (!Retry.isTransient(answer.status())) {
                return answer;
            }
            boolean again = retry.again(answer.status(), answer.header("Retry-After"));
            if (!again) {
                return answer;
            }
            answer.close();
        }
    }

    static Optional<String> basic(Credentials credentials) {
        return switch (credentials) {
            case Credentials.Password(String user, String password) ->
                    Optional.of(basic(user, password));
            case Credentials.IdentityToken(String user, String token) ->
                    user.isEmpty() ? Optional.empty() : Optional.of(basic(user, token));
            case Credentials.RegistryToken _ -> Optional.empty();
        };
    }

    private static String basic(String user, String password) {
        byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    private static Token token(HttpUrl realm, Answer answer, List<Scope> scopes, Instant now)
            throws IOException {
        if (!answer.isSuccess()) {
            boolean refused = answer.status() == 401 || answer.status() == 403;
            throw new AuthenticationException(
                    answer.method()
                            + " "
                            + Urls.redact(realm)
                            + ": the token endpoint answered "
                            + answer.status(),
                    refused);
        }
        JsonMembers json;
        String value;
        OptionalLong seconds;
        try {
            json = JsonMembers.parse("token", answer.bytes(MOST_BYTES));
            Optional<String> token = json.text("token");
            value = (token.isPresent() ? token : json.text("access_token")).orElse("");
            seconds = json.number("expires_in").map(OptionalLong::of).orElse(OptionalLong.empty());
        } catch (InvalidJsonException | OversizeException e) {
            // The cause may quote the token.
            throw new AuthenticationException(
                    Urls.redact(realm)
                            + ": the token endpoint's answer is no JSON of a token of at most 64 KiB",
                    false);
        }
        if (value.isEmpty() || !value.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new AuthenticationException(
                    Urls.redact(realm) + ": the token endpoint's answer has no usable token",
                    false);
        }
        long life = Math.max(1, seconds.orElse(DEFAULT_SECONDS));
        long fresh = Math.min(life, Integer.MAX_VALUE) * 1000 * 3 / 4;
        return new Token(value, scopes, now.plusMillis(fresh));
    }
}
