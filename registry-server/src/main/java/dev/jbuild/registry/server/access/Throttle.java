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
    private static final int MOST = 10_000;
    private static final Duration FIRST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration FORGOTTEN = Duration.ofMinutes(30);

    private final int free;
    private final InstantSource clock;
    private final Map<String, Failures> failures = new LinkedHashMap<>(16, 0.75f, true);

    private record Failures(int count, Instant last, Instant until) {}

    /// @param free failures without a pause, and the one that brings the first
    Throttle(int free, InstantSource clock) {
        this.free = free;
        this.clock = clock;
    }

    /// Counts a try as a failure, until it is told otherwise.
    ///
    /// @return how long to wait if it doesn't count yet, and is not counted
    synchronized Optional<Duration> tried(String who) {
        Instant now = clock.instant();
        Failures known = failures.get(who);
        if (known != null && now.isBefore(known.until())) {
            return Optional.of(Duration.between(now, known.until()));
        }
        int count =
                known == null || now.isAfter(known.last().plus(FORGOTTEN)) ? 1 : known.count() + 1;
        failures.put(who, new Failures(count, now, now.plus(pause(count))));
        if (failures.size() > MOST) {
            failures.remove(failures.keySet().iterator().next());
        }
        return Optional.empty();
    }

    /// Takes the last try back, but none before it.
    synchronized void forgiven(String who) {
        Failures known = failures.get(who);
        if (known != null) {
            failures.put(
                    who, new Failures(Math.max(0, known.count() - 1), known.last(), Instant.EPOCH));
        }
    }

    synchronized void succeeded(String who) {
        failures.remove(who);
    }

    private Duration pause(int count) {
        if (count < free) {
            return Duration.ZERO;
        }
        Duration pause = FIRST.multipliedBy(1L << Math.min(count - free, 20));
        return pause.compareTo(LONGEST) > 0 ? LONGEST : pause;
    }
}
