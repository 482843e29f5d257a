package dev.jbuild.registry.server.sqlite;

import java.sql.SQLException;

/// The index is not in the state that its journal goes with: it was replaced by another one, or by
/// an older copy of itself.
public final class StaleIndexException extends SQLException {
    private static final long serialVersionUID = 1L;

    private final boolean foreign;

    private StaleIndexException(String message, boolean foreign) {
        super(message);
        this.foreign = foreign;
    }

    static StaleIndexException older() {
        return new StaleIndexException(
                "it is older than its journal, which has changes that it lacks", false);
    }

    static StaleIndexException foreign() {
        return new StaleIndexException("it is not the index that its journal goes with", true);
    }

    /// Whether the journal is another registry's, so that nothing may be made from it.
    public boolean isForeign() {
        return foreign;
    }
}
