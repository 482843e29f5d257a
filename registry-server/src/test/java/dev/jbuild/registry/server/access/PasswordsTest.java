package dev.jbuild.registry.server.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.Test;

/// How much work a wrong password makes: by the time it takes nobody is to learn who is a user.
class PasswordsTest {
    private long rounds;
    private final Passwords passwords =
            new Passwords(
                    new Clock(),
                    (hash, password) -> {
                        rounds += 1L << Passwords.cost(hash);
                        // has to be a hash that bcrypt takes, whatever its cost
                        return Passwords.cost(hash) <= 5
                                && OpenBSDBCrypt.checkPassword(hash, password);
                    });

    private long workOf(Optional<String> hash, int highest) throws Exception {
        rounds = 0;
        assertFalse(passwords.check("user", "wrong", hash, highest));
        return rounds;
    }

    private static Optional<String> hash(int cost) {
        char[] password = "right".toCharArray();
        return Optional.of(OpenBSDBCrypt.generate("2y", password, new byte[16], cost));
    }

    @Test
    void wrong_password_makes_as_much_work_for_nobody_as_for_any_user() throws Exception {
        assertEquals(1 << 10, workOf(Optional.empty(), 0));
        assertEquals(1 << 10, workOf(hash(5), 5));
        assertEquals(1 << 10, workOf(hash(10), 10));
    }

    @Test
    void strongest_hash_in_use_says_how_much() throws Exception {
        assertEquals(1 << 12, workOf(Optional.empty(), 12));
        assertEquals(1 << 12, workOf(hash(4), 12));
        assertEquals(1 << 12, workOf(hash(10), 12));
    }

    @Test
    void right_password_of_a_weak_hash_is_still_right() throws Exception {
        assertTrue(passwords.check("user", "right", hash(5), 5));
        assertEquals(1 << 10, rounds);
    }

    @Test
    void htpasswd_knows_its_strongest_hash() throws Exception {
        List<String> lines = List.of("a:" + hash(5).orElseThrow(), "b:" + hash(6).orElseThrow());
        assertEquals(6, Htpasswd.parse("users", lines).highestCost());
        assertEquals(0, Htpasswd.EMPTY.highestCost());
    }
}
