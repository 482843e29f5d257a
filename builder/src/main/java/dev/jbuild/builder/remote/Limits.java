package dev.jbuild.builder.remote;

import java.time.Duration;

/// How much patience a server is given.
///
/// @param size bytes of one file
/// @param connect to have a connection
/// @param silence between two pieces of an answer
/// @param pace in each of which at least `leastPerPace` bytes must come
/// @param attempts of each request
/// @param firstPause before the second attempt; doubles
public record Limits(
        long size,
        Duration connect,
        Duration silence,
        Duration pace,
        long leastPerPace,
        int attempts,
        Duration firstPause) {

    /// 64 GiB a file, and at least 64 KiB in every two minutes.
    public static final Limits STANDARD =
            new Limits(
                    64L << 30,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(60),
                    Duration.ofMinutes(2),
                    64 << 10,
                    3,
                    Duration.ofMillis(500));
}
