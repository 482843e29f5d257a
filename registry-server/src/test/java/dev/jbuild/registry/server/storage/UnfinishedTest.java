package dev.jbuild.registry.server.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How many uploads one user may have begun.
class UnfinishedTest {
    @TempDir Path directory;

    private static UploadIndex.Upload upload(String id) {
        return new UploadIndex.Upload(
                id, new RepositoryName("team/" + id), DigestAlgorithm.SHA256, 0);
    }

    @Test
    void uploads_of_a_user_are_limited_in_all_repositories_together() throws Exception {
        try (SqliteMetadata metadata = new SqliteMetadata(directory.resolve("index.db"))) {
            Unfinished unfinished =
                    new Unfinished(new UploadLimits(10, 2), metadata.repositories());
            Unfinished.Meter first = Actor.as("alice", () -> unfinished.start(upload("a")));
            Actor.as("alice", () -> unfinished.start(upload("b")));
            RuleViolationException refused =
                    assertThrows(
                            RuleViolationException.class,
                            () -> Actor.as("alice", () -> unfinished.start(upload("c"))));
            assertEquals(
                    "too many uploads of 'alice' are unfinished; 2 may be: finish or cancel some, or"
                            + " wait until they expire",
                    refused.getMessage());
            Actor.as("bob", () -> unfinished.start(upload("d")));
            first.end();
            Actor.as("alice", () -> unfinished.start(upload("e")));
        }
    }
}
