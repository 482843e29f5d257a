package dev.jbuild.registry.server.access;

import java.time.Duration;
import java.util.Optional;

/// Who asks is not let in. The message is for the client's user and has no secret.
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> wait;
    private final boolean token;

    private RefusedException(String message, Optional<Duration> wait, boolean token) {
        super(message);
        this.wait = wait;
        this.token = token;
    }

    /// For a name or password that isn't right.
    static RefusedException credentials(String message) {
        return new RefusedException(message, Optional.empty(), false);
    }

    /// For a token that doesn't count: the client should get another.
    static RefusedException token(String message) {
        return new RefusedException(message, Optional.empty(), true);
    }

    static RefusedException wait(String message, Duration wait) {
        return new RefusedException(message, Optional.of(wait), false);
    }

    Optional<Duration> waiting() {
        return wait;
    }

    boolean isToken() {
        return token;
    }
}
