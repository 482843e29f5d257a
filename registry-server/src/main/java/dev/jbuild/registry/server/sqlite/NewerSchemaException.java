package dev.jbuild.registry.server.sqlite;

import java.sql.SQLException;

/// The index was written by a newer version of this program.
public final class NewerSchemaException extends SQLException {
    private static final long serialVersionUID = 1L;

    public NewerSchemaException(int found, int known) {
        super("its index has schema version " + found + ", this program knows up to " + known);
    }
}
