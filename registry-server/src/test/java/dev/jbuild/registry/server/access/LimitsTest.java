package dev.jbuild.registry.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.registry.server.yaml.YamlException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What slows clients down, and small formats.
class LimitsTest {
    private final Clock clock = new Clock();

    @Test
    void after_five_failures_each_try_has_to_wait_twice_as_long() {
        Throttle throttle = new Throttle(clock);
        for (int i = 0; i < 4; i++) {
            throttle.failed("alice");
            assertEquals(Optional.empty(), throttle.wait("alice"));
        }
        throttle.failed("alice");
        assertEquals(Optional.of(Duration.ofSeconds(1)), throttle.wait("alice"));
        clock.pass(Duration.ofSeconds(1));
        throttle.failed("alice");
        assertEquals(Optional.of(Duration.ofSeconds(2)), throttle.wait("alice"));
        assertEquals(Optional.empty(), throttle.wait("bob"));
    }

    @Test
    void nobody_waits_longer_than_five_minutes() {
        Throttle throttle = new Throttle(clock);
        for (int i = 0; i < 100; i++) {
            throttle.failed("alice");
        }
        assertEquals(Optional.of(Duration.ofMinutes(5)), throttle.wait("alice"));
    }

    @Test
    void success_and_time_forgive() {
        Throttle throttle = new Throttle(clock);
        for (int i = 0; i < 5; i++) {
            throttle.failed("alice");
            throttle.failed("bob");
        }
        throttle.succeeded("alice");
        assertEquals(Optional.empty(), throttle.wait("alice"));
        clock.pass(Duration.ofMinutes(31));
        throttle.failed("bob");
        assertEquals(Optional.empty(), throttle.wait("bob"));
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
