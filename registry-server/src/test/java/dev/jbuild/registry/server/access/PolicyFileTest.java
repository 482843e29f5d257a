package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.yaml.YamlException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PolicyFileTest {
    private static final String POLICY =
            """
            groups:
              team-a: [alice, robot:ci]
            admins: [carol]
            rules:
              - repositories: ["public/**", tools]
                allow:
                  anyone: [pull]
                  group:team-a: [pull, push]
              - repositories: ["team-a/*"]
                allow:
                  authenticated: [pull]
                  alice: [delete]
                  dora: [admin]
            """;

    @Test
    void anyone_may_do_what_is_allowed_to_anyone() throws Exception {
        assertEquals(Set.of(Action.PULL), allowed("", "public/x/y"));
        assertEquals(Set.of(Action.PULL), allowed("bob", "tools"));
    }

    @Test
    void what_no_rule_allows_is_denied() throws Exception {
        assertEquals(Set.of(), allowed("", "team-a/app"));
        assertEquals(Set.of(), allowed("alice", "other"));
    }

    @Test
    void rules_add_up() throws Exception {
        assertEquals(Set.of(Action.PULL, Action.DELETE), allowed("alice", "team-a/app"));
        assertEquals(Set.of(Action.PULL, Action.PUSH), allowed("alice", "tools"));
    }

    @Test
    void a_robot_is_in_the_groups_that_name_it() throws Exception {
        assertEquals(Set.of(Action.PULL, Action.PUSH), allowed("robot:ci", "tools"));
        assertEquals(Set.of(Action.PULL), allowed("ci", "tools"));
    }

    @Test
    void an_admin_may_do_everything() throws Exception {
        assertEquals(Set.of(Action.values()), allowed("carol", "anything/at/all"));
    }

    @Test
    void an_admin_of_a_pattern_may_do_everything_there_and_nothing_elsewhere() throws Exception {
        assertEquals(Set.of(Action.values()), allowed("dora", "team-a/app"));
        assertEquals(Set.of(), allowed("dora", "other"));
        Policy policy = PolicyFile.parse("policy", POLICY.getBytes(UTF_8)).policy();
        assertFalse(policy.isAdmin(Principal.user("dora")));
        Limit limit = Limit.parse("team-a/**:admin");
        assertEquals(
                Set.of(Action.values()),
                Limit.allowed(List.of(limit), new RepositoryName("team-a/app")));
    }

    @Test
    void one_star_is_one_component() throws Exception {
        assertEquals(Set.of(), allowed("bob", "team-a/x/y"));
        assertEquals(Set.of(), allowed("bob", "team-a"));
    }

    @Test
    void a_key_can_do_no_more_than_its_limits() throws Exception {
        Policy policy = PolicyFile.parse("policy", POLICY.getBytes(UTF_8)).policy();
        Principal key =
                new Principal("carol", Set.of(), List.of(Limit.parse("public/**:pull,push")));
        assertEquals(
                Set.of(Action.PULL, Action.PUSH),
                policy.allowed(key, new RepositoryName("public/x")));
        assertEquals(Set.of(), policy.allowed(key, new RepositoryName("tools")));
    }

    @Test
    void nobody_is_an_admin_without_a_name() throws Exception {
        Policy policy = PolicyFile.parse("policy", POLICY.getBytes(UTF_8)).policy();
        assertFalse(policy.isAdmin(Principal.ANONYMOUS));
        assertTrue(policy.isAdmin(Principal.user("carol")));
    }

    @Test
    void errors_name_the_line() {
        assertEquals(
                "policy:3: unknown action 'write'; known: pull, push, delete, admin",
                problem("rules:\n- repositories: [a]\n  allow: {bob: [write]}\n"));
        assertEquals(
                "policy:3: there is no group 'x'; there are: team",
                problem(
                        "groups: {team: []}\nrules:\n- {repositories: [a], allow: {'group:x': []}}"));
        assertTrue(
                problem("rules:\n- repositories: [A]\n  allow: {}\n")
                        .startsWith("policy:2: 'A' is no pattern"));
        assertEquals("policy:2: 'allow' is missing", problem("rules:\n- repositories: [a]\n"));
        assertEquals("policy:1: not everyone can be an admin", problem("admins: [anyone]"));
        assertTrue(problem("admins: ['a b']").startsWith("policy:1: 'a b' is none of"));
    }

    @Test
    void a_workload_needs_claims() {
        assertEquals(
                "policy:2: 'claims' is missing",
                problem("workloads:\n- {name: ci, issuer: x, audience: y}\n"));
        assertTrue(
                problem("workloads:\n- {name: ci, issuer: x, audience: y, claims: {}}\n")
                        .contains("'claims' is empty"));
    }

    private static String problem(String policy) {
        return String.valueOf(
                assertThrows(
                                YamlException.class,
                                () -> PolicyFile.parse("policy", policy.getBytes(UTF_8)))
                        .getMessage());
    }

    private static Set<Action> allowed(String who, String repository) throws YamlException {
        return PolicyFile.parse("policy", POLICY.getBytes(UTF_8))
                .policy()
                .allowed(Principal.user(who), new RepositoryName(repository));
    }
}
