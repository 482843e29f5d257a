package dev.jbuild.registry.server.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/// The index's tables, as a list of steps from an empty file to the newest version. A step is never
/// changed once released; a new version is a new step at the end.
final class Schema {
    private static final List<List<String>> STEPS =
            List.of(
                    List.of(
                            """
                            CREATE TABLE repository (
                              id INTEGER PRIMARY KEY,
                              name TEXT NOT NULL UNIQUE,
                              created_millis INTEGER NOT NULL)
                            """,
                            """
                            CREATE TABLE blob (
                              id INTEGER PRIMARY KEY,
                              digest TEXT NOT NULL UNIQUE,
                              size INTEGER NOT NULL,
                              created_millis INTEGER NOT NULL)
                            """,
                            """
                            CREATE TABLE repository_blob (
                              repository_id INTEGER NOT NULL REFERENCES repository(id),
                              blob_id INTEGER NOT NULL REFERENCES blob(id),
                              PRIMARY KEY (repository_id, blob_id)) WITHOUT ROWID
                            """,
                            "CREATE INDEX repository_blob_by_blob ON repository_blob (blob_id)",
                            """
                            CREATE TABLE manifest (
                              id INTEGER PRIMARY KEY,
                              repository_id INTEGER NOT NULL REFERENCES repository(id),
                              digest TEXT NOT NULL,
                              media_type TEXT NOT NULL,
                              size INTEGER NOT NULL,
                              subject TEXT,
                              artifact_type TEXT,
                              descriptor BLOB NOT NULL,
                              created_millis INTEGER NOT NULL,
                              UNIQUE (repository_id, digest))
                            """,
                            """
                            CREATE INDEX manifest_by_subject
                              ON manifest (repository_id, subject, digest) WHERE subject IS NOT NULL
                            """,
                            "CREATE INDEX manifest_by_digest ON manifest (digest)",
                            """
                            CREATE TABLE tag (
                              repository_id INTEGER NOT NULL REFERENCES repository(id),
                              name TEXT NOT NULL,
                              manifest_id INTEGER NOT NULL REFERENCES manifest(id),
                              updated_millis INTEGER NOT NULL,
                              PRIMARY KEY (repository_id, name)) WITHOUT ROWID
                            """,
                            "CREATE INDEX tag_by_manifest ON tag (manifest_id)",
                            """
                            CREATE TABLE reference (
                              manifest_id INTEGER NOT NULL REFERENCES manifest(id) ON DELETE CASCADE,
                              digest TEXT NOT NULL,
                              PRIMARY KEY (manifest_id, digest)) WITHOUT ROWID
                            """,
                            "CREATE INDEX reference_by_digest ON reference (digest)",
                            """
                            CREATE TABLE upload (
                              id TEXT PRIMARY KEY,
                              repository TEXT NOT NULL,
                              algorithm TEXT NOT NULL,
                              started_millis INTEGER NOT NULL) WITHOUT ROWID
                            """));

    /// The newest version, which this program writes.
    static final int VERSION = STEPS.size();

    private Schema() {}

    /// Brings the tables to [#VERSION].
    ///
    /// @throws NewerSchemaException if they are beyond it
    static void migrate(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
            int version = version(statement);
            if (version > VERSION) {
                statement.execute("ROLLBACK");
                throw new NewerSchemaException(version, VERSION);
            }
            for (List<String> step : STEPS.subList(version, VERSION)) {
                for (String command : step) {
                    statement.execute(command);
                }
            }
            if (version < VERSION) {
                statement.execute("DELETE FROM schema_version");
                statement.execute("INSERT INTO schema_version VALUES (" + VERSION + ")");
            }
            statement.execute("COMMIT");
        }
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("SELECT max(version) FROM schema_version")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }
}
