package dev.jbuild.registry.server.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.journal.JournalReader;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A journal that may not grow much, beside an index.
class JournalingTest {
    private static final RepositoryName REPOSITORY = new RepositoryName("app");
    private static final Digest STAYS = digest("stays");

    @TempDir Path directory;

    @Test
    void each_transaction_is_a_batch_and_those_that_change_nothing_lasting_are_none()
            throws Exception {
        try (SqliteDatabase database = open()) {
            SqliteRepositories repositories = repositories(database);
            repositories.linkBlob(REPOSITORY, STAYS, 5);
            repositories.linkBlob(REPOSITORY, STAYS, 5);
            repositories.keepBlob(REPOSITORY, STAYS);
            repositories.unlinkBlob(REPOSITORY, STAYS);
            repositories.unlinkBlob(REPOSITORY, STAYS);
        }
        assertEquals(
                List.of(
                        new Change.BlobLinked(REPOSITORY, STAYS, 5),
                        new Change.BlobUnlinked(REPOSITORY, STAYS)),
                changes());
    }

    @Test
    void transaction_that_fails_is_not_in_the_journal() throws Exception {
        try (SqliteDatabase database = open()) {
            assertThrows(
                    StorageException.class,
                    () ->
                            database.write(
                                    session -> {
                                        session.record(new Change.BlobUnlinked(REPOSITORY, STAYS));
                                        throw new SQLException("for the test");
                                    }));
            repositories(database).linkBlob(REPOSITORY, STAYS, 5);
        }
        assertEquals(List.of(new Change.BlobLinked(REPOSITORY, STAYS, 5)), changes());
    }

    @Test
    void batch_whose_transaction_was_not_committed_is_written_over() throws Exception {
        try (SqliteDatabase database = open()) {
            assertThrows(
                    StorageException.class,
                    () ->
                            database.write(
                                    session -> { // which only the commit finds out
                                        session.record(new Change.BlobUnlinked(REPOSITORY, STAYS));
                                        session.change("PRAGMA defer_foreign_keys = 1");
                                        return session.change(
                                                "INSERT INTO repository_blob (repository_id,"
                                                        + " blob_id) VALUES (999, 999)");
                                    }));
            assertEquals(List.of(), changes());
            repositories(database).linkBlob(REPOSITORY, STAYS, 5);
        }
        assertEquals(List.of(new Change.BlobLinked(REPOSITORY, STAYS, 5)), changes());
    }

    @Test
    void grown_journal_becomes_short_again_beside_those_who_write() throws Exception {
        Set<Digest> linked = new HashSet<>();
        long grown;
        try (SqliteDatabase database = open();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            SqliteRepositories repositories = repositories(database);
            repositories.linkBlob(REPOSITORY, STAYS, 5);
            for (int i = 0; i < 50; i++) {
                repositories.linkBlob(REPOSITORY, digest("comes and goes"), 5);
                repositories.unlinkBlob(REPOSITORY, digest("comes and goes"));
            }
            grown = changes().size();
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Digest digest = digest("new " + i);
                linked.add(digest);
                writers.add(
                        threads.submit(
                                () -> {
                                    repositories.linkBlob(REPOSITORY, digest, 7);
                                    return 1;
                                }));
            }
            database.compactJournal();
            for (Future<?> writer : writers) {
                writer.get();
            }
            linked.add(digest("after"));
            repositories.linkBlob(REPOSITORY, digest("after"), 7);
        }
        assertEquals(101, grown);
        List<Change> changes = changes();
        assertEquals(linked.size() + 1, changes.size(), changes.toString());
        linked.add(STAYS);
        Set<Digest> found = new HashSet<>();
        changes.forEach(change -> found.add(((Change.BlobLinked) change).digest()));
        assertEquals(linked, found);
        try (SqliteDatabase database = open()) { // which finds its place in it
            repositories(database).linkBlob(REPOSITORY, digest("later"), 7);
        }
        assertEquals(linked.size() + 1, changes().size());
        assertTrue(Files.notExists(directory.resolve("journal.new")));
    }

    @Test
    void index_keeps_knowing_its_journal_if_it_can_not_begin_another() throws Exception {
        Path journal = directory.resolve("journal");
        open().close();
        byte[] shorter = Files.readAllBytes(journal);
        try (SqliteDatabase database = open()) {
            repositories(database).linkBlob(REPOSITORY, STAYS, 5);
        }
        String id = id();
        Files.write(journal, shorter); // so another has to be begun
        change(
                "CREATE TRIGGER refuse BEFORE INSERT ON journal BEGIN SELECT RAISE(ABORT, 'for the"
                        + " test'); END");
        assertThrows(SQLException.class, this::open);
        change("DROP TRIGGER refuse");
        open().close();
        assertEquals(id, id());
        assertEquals(List.of(new Change.BlobLinked(REPOSITORY, STAYS, 5)), changes());
    }

    private String id() throws IOException {
        try (JournalReader reader = new JournalReader(directory.resolve("journal"))) {
            return reader.id();
        }
    }

    private void change(String sql) throws SQLException {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + directory.resolve("index"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private SqliteDatabase open() throws SQLException, IOException {
        return new SqliteDatabase(
                directory.resolve("index"),
                Optional.of(new Journaling(directory.resolve("journal"), 1000)),
                Announcer.NONE);
    }

    private static SqliteRepositories repositories(SqliteDatabase database) {
        return new SqliteRepositories(database, new Rules(RepositoryRules.NONE));
    }

    private List<Change> changes() throws IOException {
        List<Change> all = new ArrayList<>();
        try (JournalReader reader = new JournalReader(directory.resolve("journal"))) {
            reader.scan(batch -> all.addAll(batch.changes()));
        }
        return all;
    }

    private static Digest digest(String text) {
        return Digest.sha256(text.getBytes(StandardCharsets.UTF_8));
    }
}
