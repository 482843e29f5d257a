package dev.jbuild.registry.server.access;

import dev.jbuild.registry.server.yaml.Yaml;
import dev.jbuild.registry.server.yaml.YamlException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads the file of who may do what:
///
/// ```yaml
/// groups:
///   team-a: [alice, bob, robot:ci]
/// admins: [carol, group:ops]
/// rules:
///   - repositories: ["team-a/**"]
///     allow:
///       anyone: [pull]
///       group:team-a: [pull, push, delete]
/// workloads:
///   - name: release
///     issuer: https://ci.example
///     audience: registry.example
///     claims: {repository: acme/app, ref: "refs/tags/*"}
///     groups: [team-a]
/// ```
///
/// @param workloads whose tokens are taken, too
public record PolicyFile(Policy policy, List<Workload> workloads) {
    private static final String GROUP = "group:";

    public PolicyFile {
        workloads = List.copyOf(workloads);
    }

    /// @param file what it is called in messages
    public static PolicyFile parse(String file, byte[] content) throws YamlException {
        Yaml.Mapping root = Yaml.parse(file, content).asMapping("the policy");
        root.requireOnly(Set.of("groups", "admins", "rules", "workloads"));
        Map<String, Set<String>> groups = groups(root.get("groups"));
        List<Workload> workloads = workloads(root.get("workloads"));
        Set<String> known = new HashSet<>(groups.keySet());
        workloads.forEach(workload -> known.addAll(workload.groups()));
        Set<Policy.Subject> admins = new HashSet<>();
        Optional<Yaml> adminList = root.get("admins");
        if (adminList.isPresent()) {
            for (Yaml admin : adminList.get().asSequence("'admins'").items()) {
                Policy.Subject subject = subject(admin, admin.asText("an admin"), known);
                if (subject instanceof Policy.Subject.Anyone
                        || subject instanceof Policy.Subject.Authenticated) {
                    throw admin.problem("not everyone can be an admin");
                }
                admins.add(subject);
            }
        }
        List<Policy.Rule> rules = new ArrayList<>();
        Optional<Yaml> ruleList = root.get("rules");
        if (ruleList.isPresent()) {
            for (Yaml rule : ruleList.get().asSequence("'rules'").items()) {
                rules.add(rule(rule.asMapping("a rule"), known));
            }
        }
        return new PolicyFile(new Policy(groups, admins, rules), workloads);
    }

    private static Map<String, Set<String>> groups(Optional<Yaml> groups) throws YamlException {
        Map<String, Set<String>> members = new LinkedHashMap<>();
        if (groups.isPresent()) {
            for (var group : groups.get().asMapping("'groups'").entries().entrySet()) {
                Set<String> names = new HashSet<>();
                for (Yaml name : group.getValue().value().asSequence("a group").items()) {
                    names.add(named(name, name.asText("a member")));
                }
                members.put(group.getKey(), names);
            }
        }
        return members;
    }

    private static Policy.Rule rule(Yaml.Mapping rule, Set<String> groups) throws YamlException {
        rule.requireOnly(Set.of("repositories", "allow"));
        List<RepositoryPattern> patterns = new ArrayList<>();
        for (Yaml pattern : required(rule, "repositories").asSequence("'repositories'").items()) {
            try {
                patterns.add(RepositoryPattern.of(pattern.asText("a pattern")));
            } catch (IllegalArgumentException e) {
                throw pattern.problem(String.valueOf(e.getMessage()));
            }
        }
        Map<Policy.Subject, Set<Action>> allowed = new HashMap<>();
        for (var entry : required(rule, "allow").asMapping("'allow'").entries().entrySet()) {
            Yaml value = entry.getValue().value();
            Set<Action> actions = EnumSet.noneOf(Action.class);
            for (Yaml action : value.asSequence("what is allowed").items()) {
                String word = action.asText("an action");
                actions.addAll(
                        Action.byWord(word)
                                .orElseThrow(
                                        () ->
                                                action.problem(
                                                        "unknown action '"
                                                                + word
                                                                + "'; known: pull, push, delete, admin")));
            }
            allowed.put(subject(value, entry.getKey(), groups), actions);
        }
        return new Policy.Rule(patterns, allowed);
    }

    private static Policy.Subject subject(Yaml at, String text, Set<String> groups)
            throws YamlException {
        if (text.equals("anyone")) {
            return new Policy.Subject.Anyone();
        }
        if (text.equals("authenticated")) {
            return new Policy.Subject.Authenticated();
        }
        if (text.startsWith(GROUP)) {
            String group = text.substring(GROUP.length());
            if (!groups.contains(group)) {
                throw at.problem(
                        "there is no group '"
                                + group
                                + "'; there are: "
                                + String.join(", ", groups.stream().sorted().toList()));
            }
            return new Policy.Subject.Group(group);
        }
        return new Policy.Subject.Named(named(at, text));
    }

    private static String named(Yaml at, String name) throws YamlException {
        String bare = name;
        for (String prefix : List.of(Principal.ROBOT, Principal.WORKLOAD)) {
            if (name.startsWith(prefix)) {
                bare = name.substring(prefix.length());
            }
        }
        if (!Principal.isUserName(bare)) {
            throw at.problem(
                    "'"
                            + name
                            + "' is none of: anyone, authenticated, group:NAME, robot:NAME, workload:NAME, the name of a user");
        }
        return name;
    }

    private static List<Workload> workloads(Optional<Yaml> list) throws YamlException {
        List<Workload> workloads = new ArrayList<>();
        if (list.isPresent()) {
            for (Yaml item : list.get().asSequence("'workloads'").items()) {
                workloads.add(workload(item.asMapping("a workload")));
            }
        }
        return workloads;
    }

    private static Workload workload(Yaml.Mapping item) throws YamlException {
        item.requireOnly(Set.of("name", "issuer", "audience", "keys", "claims", "groups"));
        Yaml name = required(item, "name");
        if (!Principal.isUserName(name.asText("'name'"))) {
            throw name.problem("'" + name.asText("'name'") + "' is no name for a workload");
        }
        Map<String, String> claims = new LinkedHashMap<>();
        for (var claim : required(item, "claims").asMapping("'claims'").entries().entrySet()) {
            claims.put(claim.getKey(), claim.getValue().value().asText("a claim"));
        }
        if (claims.isEmpty()) {
            throw item.problem(
                    "'claims' is empty: everyone with an account at the issuer would be let in");
        }
        Optional<Yaml> groups = item.get("groups");
        Optional<Yaml> keys = item.get("keys");
        return new Workload(
                name.asText("'name'"),
                required(item, "issuer").asText("'issuer'"),
                required(item, "audience").asText("'audience'"),
                keys.isPresent() ? Optional.of(keys.get().asText("'keys'")) : Optional.empty(),
                claims,
                groups.isPresent() ? Set.copyOf(groups.get().asTexts("'groups'")) : Set.of());
    }

    private static Yaml required(Yaml.Mapping mapping, String key) throws YamlException {
        Optional<Yaml> value = mapping.get(key);
        if (value.isEmpty()) {
            throw mapping.problem("'" + key + "' is missing");
        }
        return value.get();
    }
}
