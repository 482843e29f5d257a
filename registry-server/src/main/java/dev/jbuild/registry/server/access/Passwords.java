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

    /// Of no password that anybody knows, but for its cost.
    private static final String NOBODY = hash(random(), 4).substring("$2y$04".length());

    private final InstantSource clock;
    private final Bcrypt bcrypt;
    private final byte[] secret = new byte[32];
    private final Map<String, Instant> right = new ConcurrentHashMap<>();
    private final Semaphore atOnce = new Semaphore(Runtime.getRuntime().availableProcessors());

    /// What the work is done with.
    interface Bcrypt {
        boolean matches(String hash, char[] password);
    }

    Passwords(InstantSource clock) {
        this(clock, OpenBSDBCrypt::checkPassword);
    }

    Passwords(InstantSource clock, Bcrypt bcrypt) {
        this.clock = clock;
        this.bcrypt = bcrypt;
        RANDOM.nextBytes(secret);
    }

    static String hash(String password) {
        return hash(password, COST);
    }

    private static String hash(String password, int cost) {
        byte[] salt = new byte[16];
        RANDOM.nextBytes(salt);
        return OpenBSDBCrypt.generate("2y", password.toCharArray(), salt, cost);
    }

    /// Whether a text is a hash that can be checked against.
    static boolean isHash(String text) {
        return text.matches("\\$2[aby]\\$(0[4-9]|1[0-9])\\$[./A-Za-z0-9]{53}");
    }

    /// How often a hash doubles its work.
    static int cost(String hash) {
        return Integer.parseInt(hash.substring(4, 6));
    }

    /// As much work for a user who isn't there, and for one whose hash is weak, as for the one
    /// whose hash is the strongest: the time tells nothing.
    ///
    /// @param hash of the user; empty if there is none of that name
    /// @param highestCost of all hashes that there may be, beside those of [#hash]
    /// @throws RefusedException if too many are being checked
    boolean check(String user, String password, Optional<String> hash, int highestCost)
            throws RefusedException, InterruptedException {
        String key = key(user, password, hash.orElse(""));
        Instant until = right.get(key);
        if (until != null && clock.instant().isBefore(until)) {
            return true;
        }
        boolean matches;
        if (!atOnce.tryAcquire(LONGEST_WAIT.toSeconds(), TimeUnit.SECONDS)) {
            throw RefusedException.wait("too many log in at once; try again later", LONGEST_WAIT);
        }
        try {
            matches =
                    password.getBytes(UTF_8).length <= LONGEST
                            && matches(password.toCharArray(), hash, Math.max(COST, highestCost));
        } finally {
            atOnce.release();
        }
        if (matches) {
            remember(key);
        }
        return matches;
    }

    /// A cost is twice the one before it, so those from the hash's own on add up to the highest.
    private boolean matches(char[] password, Optional<String> hash, int highestCost) {
        if (hash.isEmpty()) {
            bcrypt.matches(nobody(highestCost), password);
            return false;
        }
        boolean matches = bcrypt.matches(hash.get(), password);
        for (int cost = cost(hash.get()); cost < highestCost; cost++) {
            bcrypt.matches(nobody(cost), password);
        }
        return matches;
    }

    private static String nobody(int cost) {
        return "$2y$" + (cost < 10 ? "0" : "") + cost + NOBODY;
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
