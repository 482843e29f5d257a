package dev.jbuild.registry.client.transport;

import java.time.Duration;

/// How often and how long an operation is tried again.
///
/// @param attempts in all, without progress between them
/// @param firstPause before the second attempt; doubles with each further one
/// @param longestPause of the doubling; a registry may ask for a longer one
/// @param deadline for waiting in all; a pause that would exceed it isn't begun
public record RetryPolicy(
        int attempts, Duration firstPause, Duration longestPause, Duration deadline) {
    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("invalid number of attempts " + attempts);
        }
    }
}
