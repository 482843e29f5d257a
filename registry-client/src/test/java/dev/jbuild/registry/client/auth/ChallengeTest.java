package dev.jbuild.registry.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 9110, section 11.6.1, and what registries make of it.
class ChallengeTest {
    @Test
    void bearer_challenge_is_read() {
        assertEquals(
                List.of(
                        new Challenge.Bearer(
                                "https://auth.example/token",
                                Optional.of("registry.example"),
                                Scope.parse("repository:a/b:pull,push"))),
                Challenge.parse(
                        List.of(
                                "Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:a/b:pull,push\"")));
    }

    @Test
    void several_challenges_in_one_header_are_told_apart() {
        assertEquals(
                List.of(new Challenge.Basic(), bearer("https://x/t")),
                Challenge.parse(List.of("Basic realm=\"a, b\", Bearer realm=\"https://x/t\"")));
    }

    @Test
    void challenges_of_several_headers_are_read() {
        assertEquals(
                List.of(bearer("https://x/t"), new Challenge.Basic()),
                Challenge.parse(List.of("Bearer realm=\"https://x/t\"", "Basic realm=\"x\"")));
    }

    @Test
    void unknown_schemes_are_passed_over() {
        assertEquals(
                List.of(new Challenge.Basic()),
                Challenge.parse(
                        List.of(
                                "Negotiate YII==, Digest qop=\"auth\", nonce=\"x\", Basic realm=x")));
    }

    @Test
    void case_and_blanks_do_not_matter() {
        assertEquals(
                List.of(bearer("https://x/t")),
                Challenge.parse(List.of("  bEARER   Realm = \"https://x/t\" ,")));
    }

    @Test
    void quoted_pairs_are_unquoted() {
        assertEquals(
                List.of(bearer("https://x/\"t\"")),
                Challenge.parse(List.of("Bearer realm=\"https://x/\\\"t\\\"\"")));
    }

    @Test
    void scheme_alone_is_a_challenge() {
        assertEquals(List.of(new Challenge.Basic()), Challenge.parse(List.of("Basic")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",,,",
                "=",
                "Bearer",
                "Bearer scope=\"x\"",
                "Bearer =\"https://x\"",
                "Bearer\u0000 realm",
                "\"Bearer\"",
                "Bearer realm",
                "{}"
            })
    void nonsense_challenges_nobody(String header) {
        assertEquals(List.of(), Challenge.parse(List.of(header)));
    }

    @Test
    void quote_without_an_end_ends_with_the_header() {
        assertEquals(
                List.of(bearer("https://x")), Challenge.parse(List.of("Bearer realm=\"https://x")));
    }

    private static Challenge bearer(String realm) {
        return new Challenge.Bearer(realm, Optional.empty(), List.of());
    }
}
