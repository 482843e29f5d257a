package dev.jbuild.registry.server.access;

import dev.jbuild.oci.RepositoryName;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Who may do what with which repositories. Rules add up; what none allows is denied. Never
/// changes: a policy that was changed is another one.
///
/// @param groups members of each, users, robots and workloads
/// @param admins may do everything, everywhere
public record Policy(Map<String, Set<String>> groups, Set<Subject> admins, List<Rule> rules) {
    public Policy {
        groups = Map.copyOf(groups);
        admins = Set.copyOf(admins);
        rules = List.copyOf(rules);
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

    /// What the principal may do there.
    public Set<Action> allowed(Principal principal, RepositoryName repository) {
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
