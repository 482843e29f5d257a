package dev.jbuild.registry.client.transport;

import dev.jbuild.registry.client.auth.Scope;
import java.time.Instant;
import java.util.List;

/// A bearer token.
///
/// @param scopes what was asked for; less may have been granted
/// @param freshUntil when three quarters of its life are over
record Token(String value, List<Scope> scopes, Instant freshUntil) {
    boolean covers(List<Scope> needed, Instant now) {
        return now.isBefore(freshUntil)
                && needed.stream().allMatch(scope -> scope.isCoveredBy(scopes));
    }

    @Override
    public String toString() {
        return "token for " + scopes;
    }
}
