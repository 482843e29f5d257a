package dev.jbuild.registry.server.access;

import java.util.Locale;
import java.util.Optional;

/// What can be done with a repository.
public enum Action {
    PULL,
    PUSH,
    DELETE;

    /// As scopes and policies write it.
    public String token() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Action> byToken(String token) {
        for (Action action : values()) {
            if (action.token().equals(token)) {
                return Optional.of(action);
            }
        }
        return Optional.empty();
    }
}
