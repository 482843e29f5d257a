package dev.jbuild.registry.server.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Slows down guessing: after some failures in a row, the one who asks, or the user asked for, has
/// to wait, twice as long each time. Forgets those who failed longest ago. Safe for use by several
/// threads.
final class Throttle {
    private static final int FREE = 5;
    private static final int MOST = 10_000;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private final InstantSource clock;
    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true);

    private record Failures(int count, Instant last, Instant until) {}

    Throttle(InstantSource clock) {
        this.clock = clock;
    }

    /// How long to wait before another try counts.
    synchronized Optional<Duration> wait(String who) {
        Failures known = failures.get(who);
        Instant now = clock.instant();
        return known != null && now.isBefore(known.until())
                ? Optional.of(Duration.between(now, known.until()))
                : Optional.empty();
    }

    synchronized void failed(String who) {
        Instant now = clock.instant();
        Failures known = failures.get(who);
        int count =
                known == null || now.isAfter(known.last().plus(FORGOTTEN)) ? 1 : known.count() + 1;
        failures.put(who, new Failures(count, now, now.plus(pause(count))));
        if (failures.size() > MOST) {
            failures.remove(failures.keySet().iterator().next());
        }
    }

    synchronized void succeeded(String who) {
        failures.remove(who);
    }

    private static Duration pause(int count) {
        if (count < FREE) {
            return Duration.ZERO;
        }
        Duration pause = FIRST.multipliedBy(1L << Math.min(count - FREE, 20));
        return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }
}
