package dev.jbuild.registry.server.upkeep;

import java.time.Duration;
import java.util.Optional;

/// When a server reads all of its content, and who helps it.
///
/// @param every from the end of one round to the beginning of the next; empty: only when asked to
/// @param bytesPerSecond read at most, by rounds that nobody asked for
/// @param mirror who may have what is damaged here
public record ScrubPolicy(Optional<Duration> every, long bytesPerSecond, Optional<Mirror> mirror) {
    /// Of who doesn't say otherwise.
    public static final long STANDARD_RATE = 50_000_000;

    public static final ScrubPolicy NEVER =
            new ScrubPolicy(Optional.empty(), STANDARD_RATE, Optional.empty());
}
