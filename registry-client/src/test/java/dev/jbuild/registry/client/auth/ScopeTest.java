package dev.jbuild.registry.client.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.RepositoryName;
import java.util.List;
import org.junit.jupiter.api.Test;

/// distribution, "Token Scope Documentation".
class ScopeTest {
    private static final RepositoryName APP = new RepositoryName("team/app");

    @Test
    void scope_is_written_as_the_token_endpoint_wants_it() {
        assertEquals("repository:team/app:pull,push", Scope.push(APP).toString());
    }

    @Test
    void name_with_a_port_is_read() {
        assertEquals(
                "repository:reg:5000/app",
                Scope.parse("repository:reg:5000/app:pull").getFirst().resource());
    }

    @Test
    void push_covers_pull_but_not_delete() {
        assertTrue(Scope.pull(APP).isCoveredBy(List.of(Scope.push(APP))));
        assertFalse(Scope.delete(APP).isCoveredBy(List.of(Scope.push(APP))));
    }

    @Test
    void star_covers_all_actions_of_the_resource_alone() {
        List<Scope> star = Scope.parse("repository:team/app:*");
        assertTrue(Scope.delete(APP).isCoveredBy(star));
        assertFalse(Scope.pull(new RepositoryName("team")).isCoveredBy(star));
    }

    @Test
    void union_joins_the_actions_of_a_resource() {
        assertEquals(
                "[repository:other:pull, repository:team/app:delete,pull]",
                Scope.union(
                                Scope.parse("repository:team/app:pull repository:other:pull"),
                                Scope.parse("repository:team/app:delete"))
                        .toString());
    }

    @Test
    void text_that_is_no_scope_is_left_out() {
        assertEquals(List.of(), Scope.parse("nonsense x:y"));
    }
}
