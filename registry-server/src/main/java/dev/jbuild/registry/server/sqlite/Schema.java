package dev.jbuild.registry.server.sqlite;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;

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
                            """),
                    Garbage.STEP,
                    List.of("ALTER TABLE blob ADD COLUMN damaged_millis INTEGER"),
                    List.of( // one row: the last batch that the journal has, and its place there
                            """
                            CREATE TABLE journal (
                              id TEXT NOT NULL,
                              sequence INTEGER NOT NULL,
                              batch_start INTEGER NOT NULL,
                              batch_end INTEGER NOT NULL,
                              base INTEGER NOT NULL)
                            """),
                    List.of(
                            """
                            CREATE TABLE announcement (
                              id INTEGER PRIMARY KEY AUTOINCREMENT,
                              receiver TEXT NOT NULL,
                              body TEXT NOT NULL,
                              created_millis INTEGER NOT NULL,
                              due_millis INTEGER NOT NULL,
                              attempts INTEGER NOT NULL)
                            """,
                            "CREATE INDEX announcement_by_receiver ON announcement (receiver)",
                            "CREATE INDEX announcement_due ON announcement (receiver, due_millis)"),
                    List.of( // loose because a policy says so
                            "ALTER TABLE manifest ADD COLUMN retired INTEGER NOT NULL DEFAULT 0"));

    /// The newest version, which this program writes.
    static final int VERSION = STEPS.size();

    private Schema() {}

    /// Brings the tables to [#VERSION].
    ///
    /// @throws NewerSchemaException if they are beyond it
    static void migrate(Connection connection) throws SQLException {
        migrate(connection, VERSION);
    }

    /// Brings the tables to a version that was once the newest, if they are not beyond it.
    static void migrate(Connection connection, int target) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            statement.execute(
                    "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)");
            int version = version(statement);
            if (version > VERSION) {
                statement.execute("ROLLBACK");
                throw new NewerSchemaException(version, VERSION);
            }
            for (List<String> step : STEPS.subList(version, Math.max(version, target))) {
                for (String command : step) {
                    statement.execute(command);
                }
            }
            if (version < target) {
                statement.execute("DELETE FROM schema_version");
                statement.execute("INSERT INTO schema_version VALUES (" + target + ")");
            }
            statement.execute("COMMIT");
        }
    }

    private static int version(Statement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery("SELECT max(version) FROM schema_version")) {
            return rows.next() ? rows.getInt(1) : 0;
        }
    }

    /// Version 2: since when nobody refers to what, and counters.
    private static final class Garbage {
        private static final String NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

        static final List<String> STEP =
                List.of(
                        // Manifests are content, too.
                        """
                        INSERT INTO blob (digest, size, created_millis)
                          SELECT digest, max(size), min(created_millis) FROM manifest GROUP BY digest
                          ON CONFLICT DO NOTHING
                        """,
                        """
                        CREATE TABLE reference_2 (
                          manifest_id INTEGER NOT NULL REFERENCES manifest(id) ON DELETE CASCADE,
                          digest TEXT NOT NULL,
                          repository_id INTEGER NOT NULL,
                          PRIMARY KEY (manifest_id, digest)) WITHOUT ROWID
                        """,
                        """
                        INSERT INTO reference_2 SELECT manifest_id, reference.digest, repository_id
                          FROM reference JOIN manifest ON manifest.id = manifest_id
                        """,
                        "DROP TABLE reference",
                        "ALTER TABLE reference_2 RENAME TO reference",
                        "CREATE INDEX reference_by_digest ON reference (repository_id, digest)",
                        "ALTER TABLE repository_blob ADD COLUMN idle_millis INTEGER",
                        "UPDATE repository_blob SET idle_millis = "
                                + NOW
                                + """
                                 WHERE NOT EXISTS (SELECT 1 FROM reference
                                   WHERE reference.repository_id = repository_blob.repository_id
                                   AND digest = (SELECT digest FROM blob WHERE id = blob_id))
                                """,
                        """
                        CREATE INDEX repository_blob_idle ON repository_blob (idle_millis)
                          WHERE idle_millis IS NOT NULL
                        """,
                        "ALTER TABLE blob ADD COLUMN orphan_millis INTEGER",
                        "ALTER TABLE blob ADD COLUMN quarantine_millis INTEGER",
                        "UPDATE blob SET orphan_millis = "
                                + NOW
                                + """
                                 WHERE NOT EXISTS (SELECT 1 FROM repository_blob WHERE blob_id = blob.id)
                                   AND NOT EXISTS (SELECT 1 FROM manifest WHERE digest = blob.digest)
                                """,
                        """
                        CREATE INDEX blob_orphans ON blob (orphan_millis)
                          WHERE orphan_millis IS NOT NULL AND quarantine_millis IS NULL
                        """,
                        """
                        CREATE INDEX blob_quarantine ON blob (quarantine_millis)
                          WHERE quarantine_millis IS NOT NULL
                        """,
                        "ALTER TABLE manifest ADD COLUMN loose_millis INTEGER",
                        "UPDATE manifest SET loose_millis = "
                                + NOW
                                + " WHERE NOT EXISTS (SELECT 1 FROM tag WHERE manifest_id ="
                                + " manifest.id)",
                        """
                        CREATE INDEX manifest_loose ON manifest (loose_millis)
                          WHERE loose_millis IS NOT NULL
                        """,
                        """
                        CREATE INDEX manifest_by_subject_and_type
                          ON manifest (repository_id, subject, artifact_type, digest)
                          WHERE subject IS NOT NULL
                        """,
                        "ALTER TABLE repository ADD COLUMN blobs INTEGER NOT NULL DEFAULT 0",
                        "ALTER TABLE repository ADD COLUMN manifests INTEGER NOT NULL DEFAULT 0",
                        "ALTER TABLE repository ADD COLUMN tags INTEGER NOT NULL DEFAULT 0",
                        "ALTER TABLE repository ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0",
                        """
                        UPDATE repository SET
                          blobs = (SELECT count(*) FROM repository_blob WHERE repository_id = repository.id),
                          manifests = (SELECT count(*) FROM manifest WHERE repository_id = repository.id),
                          tags = (SELECT count(*) FROM tag WHERE repository_id = repository.id),
                          bytes = (SELECT total(size) FROM repository_blob JOIN blob ON blob.id = blob_id
                                   WHERE repository_id = repository.id)
                                + (SELECT total(size) FROM manifest WHERE repository_id = repository.id)
                        """,
                        """
                        CREATE INDEX repository_empty ON repository (created_millis)
                          WHERE blobs = 0 AND manifests = 0
                        """,
                        """
                        CREATE TABLE total (
                          repositories INTEGER NOT NULL,
                          manifests INTEGER NOT NULL,
                          tags INTEGER NOT NULL,
                          blobs INTEGER NOT NULL,
                          bytes INTEGER NOT NULL)
                        """,
                        """
                        INSERT INTO total SELECT (SELECT count(*) FROM repository),
                          (SELECT count(*) FROM manifest), (SELECT count(*) FROM tag),
                          (SELECT count(*) FROM blob), (SELECT CAST(total(size) AS INTEGER) FROM blob)
                        """,
                        counter(
                                "repository",
                                "INSERT",
                                "UPDATE total SET repositories = repositories + 1"),
                        counter(
                                "repository",
                                "DELETE",
                                "UPDATE total SET repositories = repositories - 1"),
                        counter(
                                "blob",
                                "INSERT",
                                "UPDATE total SET blobs = blobs + 1, bytes = bytes + NEW.size"),
                        counter(
                                "blob",
                                "DELETE",
                                "UPDATE total SET blobs = blobs - 1, bytes = bytes - OLD.size"),
                        counter(
                                "repository_blob",
                                "INSERT",
                                """
                                UPDATE repository SET blobs = blobs + 1,
                                  bytes = bytes + (SELECT size FROM blob WHERE id = NEW.blob_id)
                                  WHERE id = NEW.repository_id
                                """),
                        counter(
                                "repository_blob",
                                "DELETE",
                                """
                                UPDATE repository SET blobs = blobs - 1,
                                  bytes = bytes - (SELECT size FROM blob WHERE id = OLD.blob_id)
                                  WHERE id = OLD.repository_id
                                """),
                        counter(
                                "manifest",
                                "INSERT",
                                """
                                UPDATE repository SET manifests = manifests + 1, bytes = bytes + NEW.size
                                  WHERE id = NEW.repository_id;
                                UPDATE total SET manifests = manifests + 1
                                """),
                        counter(
                                "manifest",
                                "DELETE",
                                """
                                UPDATE repository SET manifests = manifests - 1, bytes = bytes - OLD.size
                                  WHERE id = OLD.repository_id;
                                UPDATE total SET manifests = manifests - 1
                                """),
                        counter(
                                "tag",
                                "INSERT",
                                """
                                UPDATE repository SET tags = tags + 1 WHERE id = NEW.repository_id;
                                UPDATE total SET tags = tags + 1
                                """),
                        counter(
                                "tag",
                                "DELETE",
                                """
                                UPDATE repository SET tags = tags - 1 WHERE id = OLD.repository_id;
                                UPDATE total SET tags = tags - 1
                                """));

        private static String counter(String table, String event, String update) {
            return "CREATE TRIGGER %s_%s AFTER %s ON %s BEGIN %s; END"
                    .formatted(table, event.toLowerCase(Locale.ROOT), event, table, update.strip());
        }
    }
}
