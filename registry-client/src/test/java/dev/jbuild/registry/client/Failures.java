package dev.jbuild.registry.client;

import java.util.Objects;

/// Exceptions in tests.
public final class Failures {
    private Failures() {}

    /// The message, which each of ours has.
    public static String message(Throwable failure) {
        return Objects.requireNonNull(failure.getMessage());
    }
}
