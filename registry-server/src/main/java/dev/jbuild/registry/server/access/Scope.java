package dev.jbuild.registry.server.access;

import dev.jbuild.oci.InvalidReferenceException;
import dev.jbuild.oci.RepositoryName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a token is asked for, or good for: `repository:team/app:pull,push`, or the catalog.
sealed interface Scope {
    /// `registry:catalog:*`
    record Catalog() implements Scope {
        @Override
        public String toString() {
            return "registry:catalog:*";
        }
    }

    record Repository(RepositoryName name, Set<Action> actions) implements Scope {
        public Repository {
            actions = Set.copyOf(actions);
        }

        @Override
        public String toString() {
            return "repository:" + name + ":" + words(actions);
        }
    }

    /// In the order of [Action].
    static String words(Set<Action> actions) {
        return actions.stream()
                .sorted(Comparator.naturalOrder())
                .map(Action::token)
                .collect(Collectors.joining(","));
    }

    /// Several scopes, separated by spaces. What no scope of this registry looks like is left out,
    /// since clients ask for more than there is.
    static List<Scope> parse(String text) {
        List<Scope> scopes = new ArrayList<>();
        for (String word : text.split(" ", -1)) {
            one(word).ifPresent(scopes::add);
        }
        return scopes;
    }

    private static Optional<Scope> one(String word) {
        int first = word.indexOf(':');
        int last = word.lastIndexOf(':');
        if (first < 0 || first == last) {
            return Optional.empty();
        }
        String name = word.substring(first + 1, last);
        String actions = word.substring(last + 1);
        return switch (typeOf(word.substring(0, first))) {
            case "repository" -> repository(name, actions);
            case "registry" ->
                    name.equals("catalog") ? Optional.of(new Catalog()) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /// docker's `repository(plugin)` is a repository, too.
    private static String typeOf(String type) {
        int bracket = type.indexOf('(');
        return bracket < 0 ? type : type.substring(0, bracket);
    }

    private static Optional<Scope> repository(String name, String actions) {
        Set<Action> known = EnumSet.noneOf(Action.class);
        for (String action : actions.split(",", -1)) {
            if (action.equals("*")) {
                known.addAll(EnumSet.allOf(Action.class));
            }
            Action.byToken(action).ifPresent(known::add);
        }
        try {
            return Optional.of(new Repository(new RepositoryName(name), known));
        } catch (InvalidReferenceException _) {
            return Optional.empty();
        }
    }
}
