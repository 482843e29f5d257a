package dev.jbuild.registry.server.access;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import org.sqlite.JDBC;

/// Users, keys and refresh tokens in an SQLite file of their own, beside a running server or
/// without one. Of secrets there are only hashes in it. Safe for use by several threads and
/// processes.
public final class Accounts implements AutoCloseable {
    /// What a key's secret begins with, so that scanners find lost ones.
    public static final String KEY = "jbk_";

    private static final String REFRESH = "jbr_";
    private static final int VERSION = 1;

    private final InstantSource clock;
    private final Connection connection;

    /// A key that stands for its owner.
    ///
    /// @param expires empty: never
    public record Key(String id, String owner, List<Limit> limits, Optional<Instant> expires) {}

    /// A refresh token that has not expired.
    ///
    /// @param password what told the password it was given for from another
    record Refresh(String subject, String password) {}

    /// @param file made if it is missing, for its owner alone
    public Accounts(Path file, InstantSource clock) throws IOException {
        this.clock = clock;
        if (!Files.exists(file)) {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        Properties settings = new Properties();
        settings.setProperty("journal_mode", "WAL");
        settings.setProperty("synchronous", "FULL");
        settings.setProperty("busy_timeout", "10000");
        try {
            connection = JDBC.createConnection("jdbc:sqlite:" + file, settings);
            migrate(file);
        } catch (SQLException e) {
            throw new IOException("'" + file + "' can't be used: " + e.getMessage(), e);
        }
    }

    /// Sets a user's password; makes the user if need be.
    ///
    /// @throws IllegalArgumentException if name or password can't be one
    public void setUser(String name, String password) throws IOException {
        requireName(name);
        requirePassword(password);
        update(
                "INSERT INTO users (name, hash) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET hash = excluded.hash",
                name,
                Passwords.hash(password));
        update("DELETE FROM refresh_tokens WHERE subject = ?", name);
    }

    /// Removes a user with all keys, or a robot by its name with `robot:`.
    ///
    /// @return whether there was one
    public boolean remove(String name) throws IOException {
        int gone = update("DELETE FROM users WHERE name = ?", name);
        gone += update("DELETE FROM keys WHERE owner = ?", name);
        update("DELETE FROM refresh_tokens WHERE subject = ?", name);
        return gone > 0;
    }

    /// Names of the users, in order.
    public List<String> users() throws IOException {
        return query("SELECT name FROM users ORDER BY name", row -> row.getString(1));
    }

    Optional<String> hash(String user) throws IOException {
        return query("SELECT hash FROM users WHERE name = ?", row -> row.getString(1), user)
                .stream()
                .findFirst();
    }

    /// Makes a key of a user or of `robot:NAME`.
    ///
    /// @return its secret, which nothing tells again
    public String makeKey(String owner, List<Limit> limits, Optional<Instant> expires)
            throws IOException {
        requireName(
                owner.startsWith(Principal.ROBOT)
                        ? owner.substring(Principal.ROBOT.length())
                        : owner);
        String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        String secret = KEY + id + Passwords.random();
        update(
                "INSERT INTO keys (id, owner, secret, limits, expires) VALUES (?, ?, ?, ?, ?)",
                id,
                owner,
                fingerprint(secret),
                String.join(" ", limits.stream().map(Limit::toString).toList()),
                expires.map(Instant::getEpochSecond).orElse(Long.MAX_VALUE));
        return secret;
    }

    /// Keys, those that expired among them, in order of owner and id.
    public List<Key> keys() throws IOException {
        return query("SELECT id, owner, limits, expires FROM keys ORDER BY owner, id", this::key);
    }

    /// @return whether there was one
    public boolean removeKey(String id) throws IOException {
        return update("DELETE FROM keys WHERE id = ?", id) > 0;
    }

    /// The key of a secret, unless it expired.
    Optional<Key> key(String secret) throws IOException {
        return query(
                        "SELECT id, owner, limits, expires FROM keys WHERE secret = ? AND expires > ?",
                        this::key,
                        fingerprint(secret),
                        clock.instant().getEpochSecond())
                .stream()
                .findFirst();
    }

    /// Makes a refresh token (RFC 6749, section 1.5) for one who said a password.
    ///
    /// @param password what tells that password from another, without telling it
    String makeRefreshToken(String subject, String service, String password, Instant expires)
            throws IOException {
        long now = clock.instant().getEpochSecond();
        update("DELETE FROM refresh_tokens WHERE expires <= ?", now);
        String secret = REFRESH + Passwords.random();
        update(
                "INSERT INTO refresh_tokens (secret, subject, service, password, expires) VALUES (?, ?, ?, ?, ?)",
                fingerprint(secret),
                subject,
                service,
                password,
                expires.getEpochSecond());
        return secret;
    }

    /// Whom a refresh token stands for, unless it expired or was taken back.
    Optional<Refresh> refreshed(String secret, String service) throws IOException {
        return query(
                        "SELECT subject, password FROM refresh_tokens WHERE secret = ? AND service = ? AND expires > ?",
                        row -> new Refresh(row.getString(1), row.getString(2)),
                        fingerprint(secret),
                        service,
                        clock.instant().getEpochSecond())
                .stream()
                .findFirst();
    }

    @Override
    public synchronized void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    /// @throws IllegalArgumentException if it can't be a password
    public static String requirePassword(String password) {
        int length = password.getBytes(StandardCharsets.UTF_8).length;
        if (password.isEmpty() || length > Passwords.LONGEST) {
            throw new IllegalArgumentException(
                    "a password has 1 to " + Passwords.LONGEST + " bytes, this one " + length);
        }
        return password;
    }

    static String requireName(String name) {
        if (!Principal.isUserName(name)) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' is no name for a user: letters, digits and . _ @ + -, up to 128, a letter or digit first");
        }
        return name;
    }

    /// Enough for a secret that nobody guesses.
    private static String fingerprint(String secret) {
        return Digest.sha256(secret.getBytes(StandardCharsets.UTF_8)).hex();
    }

    private void migrate(Path file) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            int version;
            try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
                version = row.next() ? row.getInt(1) : 0;
            }
            if (version > VERSION) {
                throw new SQLException("'" + file + "' was written by a newer jbuild");
            }
            if (version == 0) {
                statement.executeUpdate("BEGIN IMMEDIATE");
                statement.executeUpdate(
                        "CREATE TABLE IF NOT EXISTS users (name TEXT PRIMARY KEY, hash TEXT NOT NULL)");
                statement.executeUpdate(
                        "CREATE TABLE IF NOT EXISTS keys (id TEXT PRIMARY KEY, owner TEXT NOT NULL, secret TEXT NOT NULL UNIQUE, limits TEXT NOT NULL, expires INTEGER NOT NULL)");
                statement.executeUpdate(
                        "CREATE TABLE IF NOT EXISTS refresh_tokens (secret TEXT PRIMARY KEY, subject TEXT NOT NULL, service TEXT NOT NULL, password TEXT NOT NULL, expires INTEGER NOT NULL)");
                statement.executeUpdate("PRAGMA user_version = " + VERSION);
                statement.executeUpdate("COMMIT");
            }
        }
    }

    private Key key(ResultSet row) throws SQLException {
        List<Limit> limits = new ArrayList<>();
        for (String limit : row.getString(3).split(" ", -1)) {
            if (!limit.isEmpty()) {
                limits.add(Limit.parse(limit));
            }
        }
        long expires = row.getLong(4);
        return new Key(
                row.getString(1),
                row.getString(2),
                limits,
                expires == Long.MAX_VALUE
                        ? Optional.empty()
                        : Optional.of(Instant.ofEpochSecond(expires)));
    }

    private interface Row<T> {
        T of(ResultSet row) throws SQLException;
    }

    private synchronized <T> List<T> query(String sql, Row<T> row, Object... values)
            throws IOException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            List<T> rows = new ArrayList<>();
            try (ResultSet result = statement.executeQuery()) {
                while (result.next()) {
                    rows.add(row.of(result));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private synchronized int update(String sql, Object... values) throws IOException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            set(statement, values);
            return statement.executeUpdate();
        } catch (SQLException e) {
            throw failed(e);
        }
    }

    private static void set(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            statement.setObject(i + 1, values[i]);
        }
    }

    private static IOException failed(SQLException e) {
        return new IOException("the accounts can't be read or written: " + e.getMessage(), e);
    }
}
