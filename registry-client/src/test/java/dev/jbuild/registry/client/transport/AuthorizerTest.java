package dev.jbuild.registry.client.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.AuthenticationException;
import dev.jbuild.registry.client.auth.Challenge;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import dev.jbuild.registry.client.auth.Scope;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;

/// When credentials and tokens are used.
class AuthorizerTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final CredentialSource ALICE =
            new CredentialSource.Fixed("reg.example", new Credentials.Password("alice", "secret"));
    private static final Challenge.Bearer BEARER =
            new Challenge.Bearer("https://auth.example/", Optional.of("s"), List.of());

    private int fetched;

    @Test
    void without_a_challenge_nothing_is_sent() throws Exception {
        assertEquals(Optional.empty(), authorizer("https", ALICE).header(List.of(Scope.pull(APP))));
    }

    @Test
    void basic_challenge_gets_user_and_password() throws Exception {
        Authorizer authorizer = authorizer("https", ALICE);
        authorizer.learn(List.of(new Challenge.Basic()));
        assertEquals(
                Optional.of("Basic YWxpY2U6c2VjcmV0"), authorizer.header(List.of(Scope.pull(APP))));
    }

    @Test
    void credentials_are_never_sent_without_tls() {
        Authorizer authorizer = authorizer("http", ALICE);
        authorizer.learn(List.of(new Challenge.Basic()));
        AuthenticationException e =
                assertThrows(
                        AuthenticationException.class,
                        () -> authorizer.header(List.of(Scope.pull(APP))));
        assertEquals(
                "the registry asks for credentials, but is reached without TLS, over which they are never sent",
                e.getMessage());
    }

    @Test
    void token_is_preferred_and_kept_for_all_that_it_covers() throws Exception {
        Authorizer authorizer = authorizer("https", ALICE);
        authorizer.learn(List.of(new Challenge.Basic(), BEARER));
        assertEquals(Optional.of("Bearer t1"), authorizer.header(List.of(Scope.push(APP))));
        assertEquals(Optional.of("Bearer t1"), authorizer.header(List.of(Scope.pull(APP))));
        assertEquals(Optional.of("Bearer t2"), authorizer.header(List.of(Scope.delete(APP))));
    }

    @Test
    void refused_token_is_fetched_anew() throws Exception {
        Authorizer authorizer = authorizer("https", ALICE);
        authorizer.learn(List.of(BEARER));
        Optional<String> first = authorizer.header(List.of(Scope.pull(APP)));
        authorizer.refused(first, List.of());
        assertEquals(Optional.of("Bearer t2"), authorizer.header(List.of(Scope.pull(APP))));
    }

    @Test
    void token_is_refreshed_before_it_ends() throws Exception {
        Authorizer authorizer =
                new Authorizer(
                        "reg.example",
                        url("https"),
                        ALICE,
                        (_, scopes, _) ->
                                new Token("t" + ++fetched, scopes, Instant.now().minusMillis(1)));
        authorizer.learn(List.of(BEARER));
        authorizer.header(List.of(Scope.pull(APP)));
        assertEquals(Optional.of("Bearer t2"), authorizer.header(List.of(Scope.pull(APP))));
    }

    @Test
    void registry_token_is_sent_as_it_is() throws Exception {
        Authorizer authorizer =
                authorizer(
                        "https",
                        new CredentialSource.Fixed(
                                "reg.example", new Credentials.RegistryToken("own")));
        authorizer.learn(List.of(BEARER));
        assertEquals(Optional.of("Bearer own"), authorizer.header(List.of(Scope.pull(APP))));
    }

    @Test
    void secrets_are_removed_from_texts() throws Exception {
        Authorizer authorizer = authorizer("https", ALICE);
        authorizer.learn(List.of(new Challenge.Basic()));
        authorizer.header(List.of(Scope.pull(APP)));
        assertEquals(
                "user alice, password [secret], header [secret]",
                authorizer.scrub("user alice, password secret, header YWxpY2U6c2VjcmV0"));
    }

    private Authorizer authorizer(String scheme, CredentialSource source) {
        return new Authorizer(
                "reg.example",
                url(scheme),
                source,
                (_, scopes, _) ->
                        new Token("t" + ++fetched, scopes, Instant.now().plusSeconds(60)));
    }

    private static HttpUrl url(String scheme) {
        return new HttpUrl.Builder().scheme(scheme).host("reg.example").build();
    }
}
