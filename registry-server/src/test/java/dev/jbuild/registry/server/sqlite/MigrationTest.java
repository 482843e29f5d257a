package dev.jbuild.registry.server.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.Metadata;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An index of the first version: one repository with a tagged image of one layer, and a blob that
/// nothing refers to.
class MigrationTest {
    private static final RepositoryName REPOSITORY = new RepositoryName("old/app");
    private static final Digest LAYER = digest("layer");
    private static final Digest LONELY = digest("lonely");
    private static final Digest MANIFEST = digest("manifest");

    @TempDir Path directory;

    @BeforeEach
    void write_version_1() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            Schema.migrate(connection, 1);
            for (String row :
                    new String[] {
                        "INSERT INTO repository VALUES (1, 'old/app', 1000)",
                        "INSERT INTO blob VALUES (1, '" + LAYER + "', 70, 1000)",
                        "INSERT INTO blob VALUES (2, '" + LONELY + "', 5, 1000)",
                        "INSERT INTO repository_blob VALUES (1, 1)",
                        "INSERT INTO repository_blob VALUES (1, 2)",
                        "INSERT INTO manifest VALUES (1, 1, '"
                                + MANIFEST
                                + "', 'application/vnd.oci.image.manifest.v1+json', 400, NULL,"
                                + " NULL, x'7b7d', 1000)",
                        "INSERT INTO tag VALUES (1, 'v1', 1, 1000)",
                        "INSERT INTO reference VALUES (1, '" + LAYER + "')"
                    }) {
                statement.execute(row);
            }
        }
    }

    @Test
    void counts_are_those_of_what_was_there() throws Exception {
        try (Metadata metadata = new SqliteMetadata(directory.resolve("metadata.db"))) {
            assertEquals(new Metadata.Totals(1, 1, 1, 3, 475), metadata.totals());
        }
    }

    @Test
    void only_what_nothing_refers_to_is_idle_and_only_since_the_migration() throws Exception {
        long before = System.currentTimeMillis();
        try (Metadata metadata = new SqliteMetadata(directory.resolve("metadata.db"))) {
            assertTrue(
                    metadata.repositories()
                            .findBlob(REPOSITORY, LAYER)
                            .orElseThrow()
                            .idleSinceMillis()
                            .isEmpty());
            long since =
                    metadata.repositories()
                            .findBlob(REPOSITORY, LONELY)
                            .orElseThrow()
                            .idleSinceMillis()
                            .orElseThrow();
            assertTrue(since >= before - 1000, since + " is before " + before);
            assertEquals(0, metadata.garbage().orphans(Long.MAX_VALUE, 10).size());
        }
    }

    private Connection connect() throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("metadata.db"));
    }

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }
}
