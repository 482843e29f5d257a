package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.http.BodyInterruptedException;
import dev.jbuild.registry.server.http.BodyTooLargeException;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives tokens: `GET` as docker's "Token authentication specification" has it, `POST` as OAuth 2
/// does (RFC 6749). What was asked for and isn't allowed is left out of the token; only wrong
/// credentials are refused. Who says no name gets a token to pull what everyone may pull.
final class TokenEndpoint {
    private static final int LARGEST_FORM = 64 * 1024;
    private static final int MOST_SCOPES = 64;
    private static final Duration REFRESH_LIFE = Duration.ofDays(90);

    private final Authenticator authenticator;
    private final Authenticator.Rules rules;
    private final Accounts accounts;
    private final Tokens tokens;
    private final String service;
    private final InstantSource clock;

    TokenEndpoint(
            Authenticator authenticator,
            Authenticator.Rules rules,
            Accounts accounts,
            Tokens tokens,
            String service,
            InstantSource clock) {
        this.authenticator = authenticator;
        this.rules = rules;
        this.accounts = accounts;
        this.tokens = tokens;
        this.service = service;
        this.clock = clock;
    }

    /// @param principal who got it, for the record
    record Answer(Principal principal, Response response) {}

    Answer get(Request request, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        Query query;
        try {
            query = Query.parse(request.query().replace("+", "%20")); // as Go writes a space
        } catch (IllegalArgumentException e) {
            return oauthError("invalid_request", "the query is broken");
        }
        Grant grant = authenticator.of(request, peer);
        if (grant.scopes().isPresent()) {
            throw RefusedException.credentials(
                    "a token of this registry gets no other one; say who you are");
        }
        boolean offline = query.first("offline_token").equals(Optional.of("true"));
        return issue(grant, query.first("service"), query.all("scope"), offline);
    }

    Answer post(Request request, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        Query form;
        try {
            form =
                    Query.parse(
                            new String(request.body().readAll(LARGEST_FORM), UTF_8)
                                    .replace("+", "%20"));
        } catch (BodyTooLargeException | BodyInterruptedException | IllegalArgumentException e) {
            return oauthError("invalid_request", "the form is broken or too large");
        }
        boolean offline = form.first("access_type").equals(Optional.of("offline"));
        Optional<Grant> grant;
        switch (form.first("grant_type").orElse("")) {
            case "password" ->
                    grant =
                            Optional.of(
                                    authenticator.byPassword(
                                            form.first("username").orElse(""),
                                            form.first("password").orElse(""),
                                            peer));
            case "refresh_token" -> grant = refreshed(form, peer).map(Grant::of);
            case "urn:ietf:params:oauth:grant-type:token-exchange" ->
                    grant =
                            Optional.of(
                                    authenticator.byPassword(
                                            "oidc", form.first("subject_token").orElse(""), peer));
            default -> {
                return oauthError(
                        "unsupported_grant_type",
                        "known: password, refresh_token, urn:ietf:params:oauth:grant-type:token-exchange");
            }
        }
        if (grant.isEmpty()) {
            return oauthError("invalid_grant", "the refresh token is not valid; log in again");
        }
        return issue(grant.get(), form.first("service"), form.all("scope"), offline);
    }

    private Optional<Principal> refreshed(Query form, Peer peer)
            throws RefusedException, IOException {
        if (!peer.mayHearSecrets()) {
            throw RefusedException.credentials(
                    "refresh tokens are not taken over plain http; use https");
        }
        Optional<Accounts.Refresh> refresh =
                accounts.refreshed(form.first("refresh_token").orElse(""), service);
        return refresh.isPresent()
                        && Passwords.same(
                                refresh.get().password(), passwordOf(refresh.get().subject()))
                ? Optional.of(Principal.user(refresh.get().subject()))
                : Optional.empty();
    }

    /// Another one once the password is, the user has gone, or the key of tokens is another.
    private String passwordOf(String user) throws IOException {
        return tokens.mark(user + " " + authenticator.hash(user).orElse("gone"));
    }

    private Answer issue(Grant grant, Optional<String> asked, List<String> wanted, boolean offline)
            throws IOException {
        Principal principal = grant.principal();
        if (asked.isPresent() && !asked.get().equals(service)) {
            return oauthError("invalid_request", "this is not the service that was asked for");
        }
        Set<Scope> granted = new LinkedHashSet<>();
        for (String words : wanted) {
            for (Scope scope : Scope.parse(words)) {
                if (granted.size() < MOST_SCOPES) {
                    granted(principal, scope).ifPresent(granted::add);
                }
            }
        }
        Tokens.Issued token = tokens.issue(principal, List.copyOf(granted));
        Json.ObjectWriter answer =
                Json.object()
                        .put("token", token.text())
                        .put("access_token", token.text())
                        .put("token_type", "Bearer")
                        .put("expires_in", token.life().toSeconds())
                        .put("issued_at", token.at().toString())
                        .put(
                                "scope",
                                String.join(" ", granted.stream().map(Scope::toString).toList()));
        if (offline && grant.byPassword()) {
            // a key or certificate ends by itself; a refresh token would outlive it
            answer.put(
                    "refresh_token",
                    accounts.makeRefreshToken(
                            principal.name(),
                            service,
                            passwordOf(principal.name()),
                            clock.instant().plus(REFRESH_LIFE)));
        }
        return new Answer(principal, json(200, answer.build()));
    }

    private Optional<Scope> granted(Principal principal, Scope scope) {
        if (!(scope instanceof Scope.Repository wanted)) {
            return Optional.of(scope); // the catalog shows what the principal may pull
        }
        Set<Action> allowed = rules.policy().allowed(principal, wanted.name());
        Set<Action> actions = new java.util.HashSet<>(wanted.actions());
        actions.retainAll(allowed);
        return actions.isEmpty()
                ? Optional.empty()
                : Optional.of(new Scope.Repository(wanted.name(), actions));
    }

    /// RFC 6749, section 5.2.
    private static Answer oauthError(String error, String description) {
        return new Answer(
                Principal.ANONYMOUS,
                json(
                        400,
                        Json.object()
                                .put("error", error)
                                .put("error_description", description)
                                .build()));
    }

    private static Response json(int status, Json.Obj body) {
        return Response.bytes(
                status,
                Headers.of("Content-Type", "application/json", "Cache-Control", "no-store"),
                body.encode());
    }
}
