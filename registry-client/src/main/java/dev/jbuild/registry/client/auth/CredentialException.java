package dev.jbuild.registry.client.auth;

import java.io.IOException;

/// Credentials that can't be read or stored: a broken file, a helper program that is missing or
/// fails. The message names the file or program and never holds a secret.
public final class CredentialException extends IOException {
    private static final long serialVersionUID = 1L;

    public CredentialException(String message) {
        super(message);
    }

    public CredentialException(String message, Throwable cause) {
        super(message, cause);
    }
}
