package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/// Checks passwords against bcrypt. As that is slow on purpose, what was right is remembered for
/// some minutes, as a hash under a key that only this process has. Safe for use by several threads.
final class Passwords {
    /// bcrypt looks at no more bytes than this.
    static final int LONGEST = 72;

    private static final int COST = 10;
    private static final int MOST_REMEMBERED = 10_000;
    private static final Duration REMEMBERED = Duration.ofMinutes(5);
    /// For others whose passwords are being checked.
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private static final SecureRandom RANDOM = new SecureRandom();

    /// As much work for a user who isn't there as for one who is.
    private static final String NOBODY = hash("nobody at all");

    private final InstantSource clock;
    private final byte[] secret = new byte[32];
    private final Map<String, Instant> right = new ConcurrentHashMap<>();
    private final Semaphore atOnce = new Semaphore(Runtime.getRuntime().availableProcessors());

    Passwords(InstantSource clock) {
        this.clock = clock;
        RANDOM.nextBytes(secret);
    }

    static String hash(String password) {
        byte[] salt = new byte[16];
        RANDOM.nextBytes(salt);
        return OpenBSDBCrypt.generate("2y", password.toCharArray(), salt, COST);
    }

    /// Whether a text is a hash that can be checked against.
    static boolean isHash(String text) {
        return text.matches("\\$2[aby]\\$(0[4-9]|1[0-9])\\$[./A-Za-z0-9]{53}");
    }

    /// @param hash of the user; empty if there is none of that name
    /// @throws RefusedException if too many are being checked
    boolean check(String user, String password, Optional<String> hash)
            throws RefusedException, InterruptedException {
        String key = key(user, password, hash.orElse(NOBODY));
        Instant until = right.get(key);
        if (until != null && clock.instant().isBefore(until)) {
            return hash.isPresent();
        }
        boolean matches;
        if (!atOnce.tryAcquire(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
            throw RefusedException.wait("too many log in at once; try again later", LONGEST_WAIT);
        }
        try {
            matches =
                    password.getBytes(UTF_8).length <= LONGEST
                            && OpenBSDBCrypt.checkPassword(
                                    hash.orElse(NOBODY), password.toCharArray());
        } finally {
            atOnce.release();
        }
        if (matches && hash.isPresent()) {
            remember(key);
        }
        return matches && hash.isPresent();
    }

    private void remember(String key) {
        if (right.size() >= MOST_REMEMBERED) {
            Instant now = clock.instant();
            right.values().removeIf(until -> !now.isBefore(until));
        }
        if (right.size() < MOST_REMEMBERED) {
            right.put(key, clock.instant().plus(REMEMBERED));
        }
    }

    /// The hash is a part of it: a password that was changed is forgotten.
    private String key(String user, String password, String hash) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            for (String part : new String[] {user, password, hash}) {
                byte[] bytes = part.getBytes(UTF_8);
                mac.update((bytes.length + ":").getBytes(UTF_8));
                mac.update(bytes);
            }
            return HexFormat.of().formatHex(mac.doFinal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has HmacSHA256", e);
        }
    }

    /// Compares without telling by the time where two differ.
    static boolean same(String a, String b) {
        return MessageDigest.isEqual(a.getBytes(UTF_8), b.getBytes(UTF_8));
    }

    /// A secret that nobody guesses.
    static String random() {
        byte[] bytes = new byte[24];
        RANDOM.nextBytes(bytes);
        return Jwt.base64(bytes);
    }
}
