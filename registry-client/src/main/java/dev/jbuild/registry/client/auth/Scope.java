package dev.jbuild.registry.client.auth;

import dev.jbuild.oci.RepositoryName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/// What a token allows (distribution, "Token Scope Documentation"), such as
/// `repository:team/app:pull,push`.
///
/// @param resource type and name, such as `repository:team/app`
public record Scope(String resource, SortedSet<String> actions) {
    public Scope {
        actions = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(actions));
    }

    public static Scope pull(RepositoryName repository) {
        return new Scope("repository:" + repository, new TreeSet<>(List.of("pull")));
    }

    public static Scope push(RepositoryName repository) {
        return new Scope("repository:" + repository, new TreeSet<>(List.of("pull", "push")));
    }

    public static Scope delete(RepositoryName repository) {
        return new Scope("repository:" + repository, new TreeSet<>(List.of("delete", "pull")));
    }

    /// Reads the scopes of a challenge, which blanks separate. What is no scope is left out.
    public static List<Scope> parse(String text) {
        List<Scope> scopes = new ArrayList<>();
        for (String part : text.strip().split("\\s+", -1)) {
            int colon = part.lastIndexOf(':');
            if (colon > 0 && part.indexOf(':') < colon) {
                scopes.add(
                        new Scope(
                                part.substring(0, colon),
                                new TreeSet<>(List.of(part.substring(colon + 1).split(",", -1)))));
            }
        }
        return scopes;
    }

    /// Whether one of those scopes allows all that this one does.
    public boolean isCoveredBy(Collection<Scope> scopes) {
        return scopes.stream()
                .anyMatch(
                        scope ->
                                scope.resource.equals(resource)
                                        && (scope.actions.containsAll(actions)
                                                || scope.actions.contains("*")));
    }

    /// The scopes of both with those of the same resource joined, in order of their text.
    public static List<Scope> union(Collection<Scope> some, Collection<Scope> others) {
        java.util.TreeMap<String, SortedSet<String>> joined = new java.util.TreeMap<>();
        for (Collection<Scope> scopes : List.of(some, others)) {
            for (Scope scope : scopes) {
                joined.computeIfAbsent(scope.resource, _ -> new TreeSet<>()).addAll(scope.actions);
            }
        }
        List<Scope> all = new ArrayList<>();
        joined.forEach((resource, actions) -> all.add(new Scope(resource, actions)));
        return all;
    }

    @Override
    public String toString() {
        return resource + ":" + String.join(",", actions);
    }
}
