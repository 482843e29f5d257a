package dev.jbuild.registry.server.access;

/// A token is not one that counts here. The message never has the token.
final class InvalidTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    InvalidTokenException(String message) {
        super(message);
    }
}
