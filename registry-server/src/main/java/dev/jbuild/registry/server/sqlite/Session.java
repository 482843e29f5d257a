package dev.jbuild.registry.server.sqlite;

import dev.jbuild.registry.server.storage.Change;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A connection with its prepared statements. Used by one thread at a time.
final class Session implements AutoCloseable {
    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final List<Made> changes = new ArrayList<>();
    private Optional<String> actor = Optional.empty();

    /// A change and who made it, if that is known.
    record Made(Change change, Optional<String> actor) {}

    Session(Connection connection) {
        this.connection = connection;
    }

    Connection connection() {
        return connection;
    }

    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    <T> List<T> list(Row<T> row, String sql, Object... parameters) throws SQLException {
        List<T> all = new ArrayList<>();
        try (ResultSet rows = prepare(sql, parameters).executeQuery()) {
            while (rows.next()) {
                all.add(row.read(rows));
            }
        }
        return all;
    }

    interface Reader {
        void read(ResultSet row) throws SQLException, IOException;
    }

    /// Rows one after the other, however many there are.
    void each(Reader reader, String sql, Object... parameters) throws SQLException, IOException {
        try (ResultSet rows = prepare(sql, parameters).executeQuery()) {
            while (rows.next()) {
                reader.read(rows);
            }
        }
    }

    <T> Optional<T> first(Row<T> row, String sql, Object... parameters) throws SQLException {
        try (ResultSet rows = prepare(sql, parameters).executeQuery()) {
            return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
        }
    }

    boolean exists(String sql, Object... parameters) throws SQLException {
        return first(_ -> true, sql, parameters).isPresent();
    }

    /// @return the number of rows changed
    int change(String sql, Object... parameters) throws SQLException {
        return prepare(sql, parameters).executeUpdate();
    }

    /// Who makes the changes that are recorded from now on.
    void actAs(Optional<String> name) {
        actor = name;
    }

    /// To be told to the journal when the transaction is committed.
    void record(Change change) {
        changes.add(new Made(change, actor));
    }

    /// What was recorded since the last time.
    List<Made> takeChanges() {
        List<Made> taken = List.copyOf(changes);
        changes.clear();
        return taken;
    }

    /// A column that may be null.
    static OptionalLong optionalLong(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(value);
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }
}
