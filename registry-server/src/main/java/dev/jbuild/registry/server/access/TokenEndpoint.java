package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.http.BodyTooLargeException;
import dev.jbuild.registry.server.http.Headers;
import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Query;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Gives tokens: `GET` as docker's "Token authentication specification" has it, `POST` as OAuth 2
/// does (RFC 6749). What was asked for and isn't allowed is left out of the token; only wrong
/// credentials are refused. Who says no name gets a token to pull what everyone may pull.
final class TokenEndpoint {
    private static final int LARGEST_FORM = 64 * 1024;
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
        Principal principal = authenticator.of(request, peer).principal();
        boolean offline = query.first("offline_token").equals(Optional.of("true"));
        return issue(principal, query.first("service"), query.all("scope"), offline);
    }

    Answer post(Request request, Peer peer)
            throws RefusedException, IOException, InterruptedException {
        Query form;
        try {
            form =
                    Query.parse(
                            new String(request.body().readAll(LARGEST_FORM), UTF_8)
                                    .replace("+", "%20"));
        } catch (BodyTooLargeException | IllegalArgumentException e) {
            return oauthError("invalid_request", "the form is broken or too large");
        }
        boolean offline = form.first("access_type").equals(Optional.of("offline"));
        Optional<Principal> principal;
        switch (form.first("grant_type").orElse("")) {
            case "password" ->
                    principal =
                            Optional.of(
                                    authenticator.byPassword(
                                            form.first("username").orElse(""),
                                            form.first("password").orElse(""),
                                            peer));
            case "refresh_token" -> principal = refreshed(form, peer);
            case "urn:ietf:params:oauth:grant-type:token-exchange" ->
                    principal =
                            Optional.of(
                                    authenticator.byPassword(
                                            "oidc", form.first("subject_token").orElse(""), peer));
            default -> {
                return oauthError(
                        "unsupported_grant_type",
                        "known: password, refresh_token, urn:ietf:params:oauth:grant-type:token-exchange");
            }
        }
        if (principal.isEmpty()) {
            return oauthError("invalid_grant", "the refresh token is not valid; log in again");
        }
        return issue(principal.get(), form.first("service"), form.all("scope"), offline);
    }

    private Optional<Principal> refreshed(Query form, Peer peer)
            throws RefusedException, IOException {
        if (!peer.mayHearSecrets()) {
            throw RefusedException.credentials(
                    "refresh tokens are not taken over plain http; use https");
        }
        return accounts.refreshed(form.first("refresh_token").orElse(""), service)
                .map(Principal::user);
    }

    private Answer issue(
            Principal principal, Optional<String> asked, List<String> wanted, boolean offline)
            throws IOException {
        if (asked.isPresent() && !asked.get().equals(service)) {
            return oauthError("invalid_request", "this is not the service that was asked for");
        }
        List<Scope> granted = new ArrayList<>();
        for (String words : wanted) {
            for (Scope scope : Scope.parse(words)) {
                granted(principal, scope).ifPresent(granted::add);
            }
        }
        Tokens.Issued token = tokens.issue(principal, granted);
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
        if (offline && mayBeRefreshed(principal)) {
            answer.put(
                    "refresh_token",
                    accounts.makeRefreshToken(
                            principal.name(), service, clock.instant().plus(REFRESH_LIFE)));
        }
        return new Answer(principal, json(200, answer.build()));
    }

    /// A key or a workload's token is its own; a refresh token would outlive it.
    private static boolean mayBeRefreshed(Principal principal) {
        return !principal.isAnonymous()
                && principal.limits().isEmpty()
                && !principal.name().startsWith(Principal.ROBOT)
                && !principal.name().startsWith(Principal.WORKLOAD);
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
