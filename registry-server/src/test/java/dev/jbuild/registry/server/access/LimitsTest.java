package dev.jbuild.registry.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.yaml.YamlException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What slows clients down, and small formats.
class LimitsTest {
    private final Clock clock = new Clock();

    @Test
    void addresses_of_one_ipv6_network_count_as_one() throws Exception {
        assertEquals("20010db800010002::/64", network("2001:db8:1:2::7"));
        assertEquals(network("2001:db8:1:2::7"), network("2001:db8:1:2:ffff::8"));
        assertEquals("192.0.2.7", network("192.0.2.7"));
    }

    private static String network(String address) throws Exception {
        return new Peer(InetAddress.getByName(address), true, Optional.empty()).network();
    }

    @Test
    void after_five_failures_each_try_has_to_wait_twice_as_long() {
        Throttle throttle = new Throttle(5, clock);
        for (int i = 0; i < 5; i++) {
            assertEquals(Optional.empty(), throttle.tried("alice"));
        }
        assertEquals(Optional.of(Duration.ofSeconds(1)), throttle.tried("alice"));
        clock.pass(Duration.ofSeconds(1));
        assertEquals(Optional.empty(), throttle.tried("alice"));
        assertEquals(Optional.of(Duration.ofSeconds(2)), throttle.tried("alice"));
        assertEquals(Optional.empty(), throttle.tried("bob"));
    }

    @Test
    void nobody_waits_longer_than_five_minutes() {
        Throttle throttle = new Throttle(5, clock);
        for (int i = 0; i < 30; i++) {
            throttle.tried("alice").ifPresent(clock::pass);
            throttle.tried("alice");
        }
        assertEquals(Optional.of(Duration.ofMinutes(5)), throttle.tried("alice"));
    }

    @Test
    void success_and_time_forgive() {
        Throttle throttle = new Throttle(5, clock);
        for (int i = 0; i < 5; i++) {
            throttle.tried("alice");
            throttle.tried("bob");
        }
        throttle.succeeded("alice");
        assertEquals(Optional.empty(), throttle.tried("alice"));
        clock.pass(Duration.ofMinutes(31));
        assertEquals(Optional.empty(), throttle.tried("bob"));
        assertEquals(Optional.empty(), throttle.tried("bob"));
    }

    @Test
    void a_right_try_takes_back_itself_and_no_wrong_one() {
        Throttle throttle = new Throttle(5, clock);
        for (int i = 0; i < 4; i++) {
            throttle.tried("there");
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(Optional.empty(), throttle.tried("there"));
            throttle.forgiven("there");
        }
        assertEquals(Optional.empty(), throttle.tried("there"));
        assertEquals(Optional.of(Duration.ofSeconds(1)), throttle.tried("there"));
    }

    @Test
    void claims_match_patterns_in_linear_time() {
        assertTrue(WorkloadTokens.glob("refs/tags/v1", "refs/tags/*"));
        assertTrue(WorkloadTokens.glob("acme/app", "*/app"));
        assertTrue(WorkloadTokens.glob("", "*"));
        assertFalse(WorkloadTokens.glob("acme/app2", "*/app"));
        assertFalse(WorkloadTokens.glob("acme", "acm"));
        assertFalse(WorkloadTokens.glob("a".repeat(12_000), "*a*a*a*a*a*b"));
    }

    @Test
    void a_burst_is_ten_seconds_worth_of_requests() {
        RateLimit limit = new RateLimit(2, clock);
        for (int i = 0; i < 20; i++) {
            assertEquals(Optional.empty(), limit.take("alice"));
        }
        assertEquals(Optional.of(Duration.ofMillis(500)), limit.take("alice"));
        assertEquals(Optional.empty(), limit.take("bob"));
        clock.pass(Duration.ofMillis(500));
        assertEquals(Optional.empty(), limit.take("alice"));
    }

    @Test
    void scopes_are_read_as_clients_write_them() {
        assertEquals(
                "[repository:a/b:pull,push, registry:catalog:*]",
                Scope.parse("repository:a/b:push,pull registry:catalog:* nonsense").toString());
        assertEquals(
                "[repository:a:pull,push,delete]",
                Scope.parse("repository(plugin):a:*").toString());
        assertEquals("[]", Scope.parse("repository:NOT/valid:pull").toString());
    }

    @Test
    void htpasswd_takes_bcrypt_alone() throws Exception {
        String hash = Passwords.hash("x");
        assertEquals(
                Optional.of(hash),
                Htpasswd.parse("users", List.of("# us", "", "bob:" + hash)).hash("bob"));
        assertEquals(
                "users:1: the password of 'bob' is not hashed by bcrypt; make it with: htpasswd -B",
                assertThrows(
                                YamlException.class,
                                () -> Htpasswd.parse("users", List.of("bob:{SHA}secret")))
                        .getMessage());
    }
}
