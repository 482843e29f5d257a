package dev.jbuild.registry.server.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// So many requests a second for each who asks, with a burst of ten seconds' worth. Safe for use by
/// several threads.
final class RateLimit {
    private static final int BURST_SECONDS = 10;
    private static final int MOST = 100_000;

    private final InstantSource clock;
    private final double perSecond;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private record Bucket(double left, Instant at) {}

    RateLimit(double perSecond, InstantSource clock) {
        this.perSecond = perSecond;
        this.clock = clock;
    }

    /// Takes one request, or says how long to wait for the next.
    synchronized Optional<Duration> take(String who) {
        Instant now = clock.instant();
        double most = Math.max(1, perSecond * BURST_SECONDS);
        Bucket known = buckets.get(who);
        double left = most;
        if (known != null) {
            double passed = Duration.between(known.at(), now).toNanos() / 1e9;
            left = Math.min(most, known.left() + Math.max(0, passed) * perSecond);
        }
        boolean taken = left >= 1;
        buckets.put(who, new Bucket(taken ? left - 1 : left, now));
        if (buckets.size() > MOST) {
            buckets.remove(buckets.keySet().iterator().next());
        }
        return taken
                ? Optional.empty()
                : Optional.of(Duration.ofMillis((long) Math.ceil((1 - left) / perSecond * 1000)));
    }
}
