package dev.jbuild.registry.server.access;

import java.time.Duration;
import java.util.Optional;

/// Who asks is not let in. The message is for the client's user and has no secret.
final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Optional<Duration> wait;
    private final boolean token;
    private final transient Optional<String> user;

    private RefusedException(
            String message, Optional<Duration> wait, boolean token, Optional<String> user) {
        super(message);
        this.wait = wait;
        this.token = token;
        this.user = user;
    }

    /// For a name or password that isn't right.
    static RefusedException credentials(String message) {
        return new RefusedException(message, Optional.empty(), false, Optional.empty());
    }

    /// For a token that doesn't count: the client should get another.
    static RefusedException token(String message) {
        return new RefusedException(message, Optional.empty(), true, Optional.empty());
    }

    static RefusedException wait(String message, Duration wait) {
        return new RefusedException(message, Optional.of(wait), false, Optional.empty());
    }

    Optional<Duration> waiting() {
        return wait;
    }

    boolean isToken() {
        return token;
    }

    /// The same about a user, for the record.
    ///
    /// @param tried one that there is: who mistakes the fields sends a password for a name
    RefusedException about(Optional<String> tried) {
        return new RefusedException(String.valueOf(getMessage()), wait, token, tried);
    }

    Optional<String> user() {
        return user;
    }
}
