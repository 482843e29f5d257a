package dev.jbuild.cli;

/// A command line that can't be carried out as it stands.
final class UsageException extends Exception {
    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
