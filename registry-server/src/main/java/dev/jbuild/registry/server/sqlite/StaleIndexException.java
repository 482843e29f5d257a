package dev.jbuild.registry.server.sqlite;

import java.sql.SQLException;

/// The index is not in the state that its journal goes with: it was replaced by another one, or by
/// an older copy of itself.
public final class StaleIndexException extends SQLException {
    private static final long serialVersionUID = 1L;

    StaleIndexException(String message) {
        super(message);
    }
}
