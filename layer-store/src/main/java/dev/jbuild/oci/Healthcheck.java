package dev.jbuild.oci;

import java.time.Duration;
import java.util.List;

/// Docker's health check of a container.
///
/// @param test empty = inherit, `[NONE]` = none, `[CMD, …]` or `[CMD-SHELL, text]`
/// @param interval zero = docker's default, as for all durations here
/// @param retries 0 = docker's default
public record Healthcheck(
        List<String> test,
        Duration interval,
        Duration timeout,
        Duration startPeriod,
        Duration startInterval,
        long retries) {
    public Healthcheck {
        test = List.copyOf(test);
    }
}
