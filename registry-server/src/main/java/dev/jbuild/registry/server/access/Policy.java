package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Who may do what with which repositories. Rules add up; what none allows is denied. Never
/// changes: a policy that was changed is another one.
///
/// Remembers what it was asked last. Safe for use by several threads.
public final class Policy {
    private static final int MOST_REMEMBERED = 10_000;

    private final Map<String, Set<String>> groups;
    private final Set<Subject> admins;
    private final List<Rule> rules;
    private final Map<Question, Set<Action>> recent = new ConcurrentHashMap<>();

    private record Question(Principal principal, RepositoryName repository) {}

    /// @param groups members of each, users, robots and workloads
    /// @param admins may do everything, everywhere
    public Policy(Map<String, Set<String>> groups, Set<Subject> admins, List<Rule> rules) {
        this.groups = Map.copyOf(groups);
        this.admins = Set.copyOf(admins);
        this.rules = List.copyOf(rules);
    }

    /// Whom a rule speaks of.
    public sealed interface Subject {
        /// Everyone, with or without a name.
        record Anyone() implements Subject {}

        /// Everyone who has said who it is.
        record Authenticated() implements Subject {}

        record Group(String name) implements Subject {}

        record Named(String name) implements Subject {}
    }

    /// @param allowed to whom
    public record Rule(List<RepositoryPattern> repositories, Map<Subject, Set<Action>> allowed) {
        public Rule {
            repositories = List.copyOf(repositories);
            allowed = Map.copyOf(allowed);
        }
    }

    /// What the principal may do there; not to be changed.
    public Set<Action> allowed(Principal principal, RepositoryName repository) {
        Question question = new Question(principal, repository);
        Set<Action> known = recent.get(question);
        if (known != null) {
            return known;
        }
        Set<Action> allowed = Collections.unmodifiableSet(decided(principal, repository));
        if (recent.size() >= MOST_REMEMBERED) {
            recent.clear();
        }
        recent.put(question, allowed);
        return allowed;
    }

    private Set<Action> decided(Principal principal, RepositoryName repository) {
        Set<Action> allowed = byRules(principal, repository);
        if (!principal.limits().isEmpty()) {
            allowed.retainAll(Limit.allowed(principal.limits(), repository));
        }
        return allowed;
    }

    private Set<Action> byRules(Principal principal, RepositoryName repository) {
        if (isAdmin(principal)) {
            return EnumSet.allOf(Action.class);
        }
        Set<Subject> subjects = subjects(principal);
        Set<Action> allowed = EnumSet.noneOf(Action.class);
        for (Rule rule : rules) {
            if (rule.repositories().stream().anyMatch(pattern -> pattern.matches(repository))) {
                subjects.forEach(
                        subject -> allowed.addAll(rule.allowed().getOrDefault(subject, Set.of())));
            }
        }
        return allowed;
    }

    public boolean allows(Principal principal, RepositoryName repository, Action action) {
        return allowed(principal, repository).contains(action);
    }

    public boolean isAdmin(Principal principal) {
        Set<Subject> subjects = subjects(principal);
        return !principal.isAnonymous() && admins.stream().anyMatch(subjects::contains);
    }

    private Set<Subject> subjects(Principal principal) {
        Set<Subject> subjects = new HashSet<>();
        subjects.add(new Subject.Anyone());
        if (!principal.isAnonymous()) {
            subjects.add(new Subject.Authenticated());
            subjects.add(new Subject.Named(principal.name()));
            principal.groups().forEach(group -> subjects.add(new Subject.Group(group)));
            groups.forEach(
                    (group, members) -> {
                        if (members.contains(principal.name())) {
                            subjects.add(new Subject.Group(group));
                        }
                    });
        }
        return subjects;
    }
}
