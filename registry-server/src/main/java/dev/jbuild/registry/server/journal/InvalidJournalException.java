package dev.jbuild.registry.server.journal;

import java.io.IOException;

/// A journal that is not what it should be. The message says which and why.
public final class InvalidJournalException extends IOException {
    private static final long serialVersionUID = 1L;

    public InvalidJournalException(String message) {
        super(message);
    }
}
