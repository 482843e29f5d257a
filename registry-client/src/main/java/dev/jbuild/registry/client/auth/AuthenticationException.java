package dev.jbuild.registry.client.auth;

import java.io.IOException;

/// Authentication that can't go on: the token endpoint refuses, or it would be unsafe. Never holds
/// a secret.
public final class AuthenticationException extends IOException {
    private static final long serialVersionUID = 1L;

    private final boolean refused;

    /// @param refused whether the credentials were refused, so that others may help
    public AuthenticationException(String message, boolean refused) {
        super(message);
        this.refused = refused;
    }

    public boolean isRefused() {
        return refused;
    }
}
