package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.ContentIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.SQLException;
import java.util.List;

/// Content in SQLite.
final class SqliteContents implements ContentIndex {
    private final SqliteDatabase database;

    SqliteContents(SqliteDatabase database) {
        this.database = database;
    }

    @Override
    public List<Content> contents(long afterId, int most) throws StorageException {
        return database.read(session -> list(session, afterId, most));
    }

    @Override
    public void markDamaged(Digest digest) throws StorageException {
        database.write(session -> markDamaged(session, digest));
    }

    static List<Content> list(Session session, long afterId, int most) throws SQLException {
        return session.list(
                row -> new Content(row.getLong(1), Digest.parse(row.getString(2)), row.getLong(3)),
                """
                SELECT id, digest, size FROM blob
                WHERE id > ? AND quarantine_millis IS NULL AND damaged_millis IS NULL
                ORDER BY id LIMIT ?
                """,
                afterId,
                most);
    }

    /// Part of a transaction.
    static int markDamaged(Session session, Digest digest) throws SQLException {
        return session.change(
                "UPDATE blob SET damaged_millis = ? WHERE digest = ?",
                System.currentTimeMillis(),
                digest.toString());
    }
}
