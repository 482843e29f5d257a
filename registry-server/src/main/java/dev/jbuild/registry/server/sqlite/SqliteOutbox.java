package dev.jbuild.registry.server.sqlite;

import dev.jbuild.registry.server.storage.Outbox;
import dev.jbuild.registry.server.storage.StorageException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Announcements in SQLite.
final class SqliteOutbox implements Outbox {
    private final SqliteDatabase database;

    SqliteOutbox(SqliteDatabase database) {
        this.database = database;
    }

    /// Part of a transaction.
    static void add(Session session, String receiver, String body, long nowMillis)
            throws SQLException {
        session.change(
                """
                INSERT INTO announcement (receiver, body, created_millis, due_millis, attempts)
                VALUES (?, ?, ?3, ?3, 0)
                """,
                receiver,
                body,
                nowMillis);
    }

    @Override
    public List<Waiting> due(String receiver, long nowMillis, int most) throws StorageException {
        return database.read(
                session ->
                        session.list(
                                row ->
                                        new Waiting(
                                                row.getLong(1),
                                                row.getString(2),
                                                row.getLong(3),
                                                row.getInt(4)),
                                """
                                SELECT id, body, created_millis, attempts FROM announcement
                                WHERE receiver = ? AND due_millis <= ? ORDER BY id LIMIT ?
                                """,
                                receiver,
                                nowMillis,
                                most));
    }

    @Override
    public long nextDue(String receiver) throws StorageException {
        return database.read(
                session ->
                        session.first(
                                        row -> row.getLong(1),
                                        """
                                        SELECT due_millis FROM announcement WHERE receiver = ?
                                        ORDER BY due_millis LIMIT 1
                                        """,
                                        receiver)
                                .orElse(Long.MAX_VALUE));
    }

    @Override
    public void remove(List<Long> ids) throws StorageException {
        database.write(
                session -> {
                    int removed = 0;
                    for (long id : ids) {
                        removed += session.change("DELETE FROM announcement WHERE id = ?", id);
                    }
                    return removed;
                });
    }

    @Override
    public void postpone(long id, long dueMillis) throws StorageException {
        database.write(
                session ->
                        session.change(
                                "UPDATE announcement SET due_millis = ?, attempts = attempts + 1"
                                        + " WHERE id = ?",
                                dueMillis,
                                id));
    }

    @Override
    public int dropOld(String receiver, long beforeMillis, int most) throws StorageException {
        Optional<Long> oldestKept =
                database.read(
                        session ->
                                session.first(
                                        row -> row.getLong(1),
                                        """
                                        SELECT id FROM announcement WHERE receiver = ?
                                        ORDER BY id DESC LIMIT 1 OFFSET ?
                                        """,
                                        receiver,
                                        most - 1));
        boolean old =
                database.read(
                        session ->
                                session.exists(
                                        """
                                        SELECT 1 FROM (SELECT id, created_millis FROM announcement
                                          WHERE receiver = ? ORDER BY id LIMIT 1)
                                        WHERE created_millis < ? OR id < ?
                                        """,
                                        receiver,
                                        beforeMillis,
                                        oldestKept.orElse(0L)));
        return old
                ? database.write(
                        session ->
                                session.change(
                                        """
                                        DELETE FROM announcement
                                        WHERE receiver = ? AND (created_millis < ? OR id < ?)
                                        """,
                                        receiver,
                                        beforeMillis,
                                        oldestKept.orElse(0L)))
                : 0;
    }

    @Override
    public int dropOthers(Set<String> receivers) throws StorageException {
        List<String> known =
                database.read(
                        session ->
                                session.list(
                                        row -> row.getString(1),
                                        "SELECT DISTINCT receiver FROM announcement"));
        int dropped = 0;
        for (String receiver : known) {
            if (!receivers.contains(receiver)) {
                dropped +=
                        database.write(
                                session ->
                                        session.change(
                                                "DELETE FROM announcement WHERE receiver = ?",
                                                receiver));
            }
        }
        return dropped;
    }

    @Override
    public long count() throws StorageException {
        return database.read(
                session ->
                        session.first(row -> row.getLong(1), "SELECT count(*) FROM announcement")
                                .orElse(0L));
    }
}
