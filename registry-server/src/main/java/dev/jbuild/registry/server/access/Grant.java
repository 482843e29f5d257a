package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import java.util.List;
import java.util.Optional;

/// Who asks, and what the token it showed is good for.
///
/// @param scopes empty if it showed no token of this registry: then the policy alone counts
/// @param byPassword whether it said a user's password, and not something that stands for one
record Grant(Principal principal, Optional<List<Scope>> scopes, boolean byPassword) {
    static Grant of(Principal principal) {
        return new Grant(principal, Optional.empty(), false);
    }

    /// Whether it is good for listing repositories, those that its holder may pull.
    boolean coversCatalog() {
        return scopes.isEmpty() || scopes.get().contains(new Scope.Catalog());
    }

    boolean covers(RepositoryName repository, Action action) {
        return scopes.isEmpty()
                || scopes.get().stream()
                        .anyMatch(
                                scope ->
                                        scope instanceof Scope.Repository known
                                                && known.name().equals(repository)
                                                && known.actions().contains(action));
    }
}
