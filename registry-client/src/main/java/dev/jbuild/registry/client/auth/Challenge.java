package dev.jbuild.registry.client.auth;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a registry wants to be convinced (RFC 9110, section 11.6.1; RFC 6750). Schemes other than
/// these two are not kept.
public sealed interface Challenge {
    /// User and password with every request.
    record Basic() implements Challenge {}

    /// A token from the endpoint `realm`.
    ///
    /// @param service as the endpoint is to be told; empty if none
    /// @param scope what is missing; empty if not told
    record Bearer(String realm, Optional<String> service, List<Scope> scope) implements Challenge {
        public Bearer {
            scope = List.copyOf(scope);
        }
    }

    /// Reads all challenges of all `WWW-Authenticate` headers. What can't be read is left out: a
    /// server that only speaks nonsense challenges nobody.
    static List<Challenge> parse(List<String> headers) {
        List<Challenge> challenges = new ArrayList<>();
        for (String header : headers) {
            challenges.addAll(new ChallengeParser(header).parse());
        }
        return challenges;
    }
}
