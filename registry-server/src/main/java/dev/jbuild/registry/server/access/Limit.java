package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What a key is good for at most, such as `team/**:pull,push`.
public record Limit(RepositoryPattern repositories, Set<Action> actions) {
    public Limit {
        actions = Set.copyOf(actions);
    }

    /// @throws IllegalArgumentException says what is wrong
    public static Limit parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not PATTERN:ACTIONS, such as team/**:pull,push");
        }
        Set<Action> actions = EnumSet.noneOf(Action.class);
        for (String word : text.substring(colon + 1).split(",", -1)) {
            actions.addAll(
                    Action.byWord(word)
                            .orElseThrow(
                                    () ->
                                            new IllegalArgumentException(
                                                    "unknown action '"
                                                            + word
                                                            + "' in '"
                                                            + text
                                                            + "'; known: pull, push, delete, admin")));
        }
        return new Limit(RepositoryPattern.of(text.substring(0, colon)), actions);
    }

    static Set<Action> allowed(List<Limit> limits, RepositoryName repository) {
        Set<Action> allowed = EnumSet.noneOf(Action.class);
        for (Limit limit : limits) {
            if (limit.repositories().matches(repository)) {
                allowed.addAll(limit.actions());
            }
        }
        return allowed;
    }

    @Override
    public String toString() {
        return repositories + ":" + Scope.words(actions);
    }
}
