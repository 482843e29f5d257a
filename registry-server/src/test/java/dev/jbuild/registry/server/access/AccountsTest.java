package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {
    @TempDir Path directory;
    private final Clock clock = new Clock();
    private Accounts accounts;

    @BeforeEach
    void open() throws IOException {
        accounts = new Accounts(directory.resolve("accounts.db"), clock);
    }

    @AfterEach
    void close() throws IOException {
        accounts.close();
    }

    @Test
    void a_user_has_the_password_that_was_set_last() throws Exception {
        accounts.setUser("alice", "one");
        accounts.setUser("alice", "two");
        Passwords passwords = new Passwords(clock);
        assertTrue(passwords.check("alice", "two", accounts.hash("alice"), 0));
        assertFalse(passwords.check("alice", "one", accounts.hash("alice"), 0));
        assertEquals(List.of("alice"), accounts.users());
    }

    @Test
    void nobody_has_the_password_of_nobody() throws Exception {
        assertFalse(new Passwords(clock).check("bob", "nobody at all", Optional.empty(), 0));
    }

    @Test
    void a_password_that_was_right_is_not_right_for_another_user() throws Exception {
        accounts.setUser("alice", "one");
        accounts.setUser("bob", "other");
        Passwords passwords = new Passwords(clock);
        assertTrue(passwords.check("alice", "one", accounts.hash("alice"), 0));
        assertFalse(passwords.check("bob", "one", accounts.hash("bob"), 0));
    }

    @Test
    void a_password_longer_than_bcrypt_reads_is_refused() {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> accounts.setUser("alice", "x".repeat(73)))
                        .getMessage();
        assertEquals("a password has 1 to 72 bytes, this one 73", message);
    }

    @Test
    void the_file_holds_no_secret_and_is_for_its_owner_alone() throws Exception {
        accounts.setUser("alice", "open sesame");
        String key = accounts.makeKey("robot:ci", List.of(), Optional.empty());
        String refresh =
                accounts.makeRefreshToken("alice", "s", "p", clock.instant().plusSeconds(9));
        accounts.close();
        Path file = directory.resolve("accounts.db");
        String content = new String(Files.readAllBytes(file), UTF_8);
        for (String secret : List.of("open sesame", key, refresh)) {
            assertFalse(content.contains(secret));
        }
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        accounts = new Accounts(file, clock);
    }

    @Test
    void a_key_stands_for_its_owner_until_it_expires() throws Exception {
        String secret =
                accounts.makeKey(
                        "robot:ci",
                        List.of(Limit.parse("team/**:pull,push")),
                        Optional.of(clock.instant().plusSeconds(60)));
        Accounts.Key key = accounts.key(secret).orElseThrow();
        assertEquals("robot:ci", key.owner());
        assertEquals("[team/**:pull,push]", key.limits().toString());
        clock.pass(Duration.ofSeconds(60));
        assertEquals(Optional.empty(), accounts.key(secret));
    }

    @Test
    void a_key_can_be_taken_back() throws Exception {
        String secret = accounts.makeKey("alice", List.of(), Optional.empty());
        assertTrue(accounts.removeKey(accounts.keys().getFirst().id()));
        assertEquals(Optional.empty(), accounts.key(secret));
        assertFalse(accounts.removeKey("none"));
    }

    @Test
    void with_the_user_go_keys_and_refresh_tokens() throws Exception {
        accounts.setUser("alice", "one");
        String key = accounts.makeKey("alice", List.of(), Optional.empty());
        String refresh =
                accounts.makeRefreshToken("alice", "s", "p", clock.instant().plusSeconds(9));
        assertEquals(
                Optional.of(new Accounts.Refresh("alice", "p")), accounts.refreshed(refresh, "s"));
        assertTrue(accounts.remove("alice"));
        assertEquals(Optional.empty(), accounts.key(key));
        assertEquals(Optional.empty(), accounts.refreshed(refresh, "s"));
        assertFalse(accounts.remove("alice"));
    }

    @Test
    void a_new_password_ends_the_refresh_tokens() throws Exception {
        accounts.setUser("alice", "one");
        String refresh =
                accounts.makeRefreshToken("alice", "s", "p", clock.instant().plusSeconds(9));
        accounts.setUser("alice", "two");
        assertEquals(Optional.empty(), accounts.refreshed(refresh, "s"));
    }

    @Test
    void a_refresh_token_is_for_its_service() throws Exception {
        String refresh =
                accounts.makeRefreshToken("alice", "s", "p", clock.instant().plusSeconds(9));
        assertEquals(Optional.empty(), accounts.refreshed(refresh, "t"));
    }

    @Test
    void two_processes_may_use_the_file() throws Exception {
        try (Accounts other = new Accounts(directory.resolve("accounts.db"), clock)) {
            other.setUser("bob", "one");
            assertEquals(List.of("bob"), accounts.users());
        }
    }
}
