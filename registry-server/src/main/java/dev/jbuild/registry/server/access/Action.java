package dev.jbuild.registry.server.access;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What can be done with a repository.
public enum Action {
    PULL,
    PUSH,
    DELETE;

    private static final String ALL = "admin";

    /// As scopes and policies write it.
    public String token() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What a word of a policy or of a key's limits stands for: an action, or `admin` for all.
    static Optional<Set<Action>> byWord(String word) {
        return word.equals(ALL)
                ? Optional.of(EnumSet.allOf(Action.class))
                : byToken(word).map(Set::of);
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
