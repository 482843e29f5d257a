package dev.jbuild.registry.server.sqlite;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.journal.Batch;
import dev.jbuild.registry.server.journal.Journal;
import dev.jbuild.registry.server.journal.JournalReader;
import dev.jbuild.registry.server.journal.JournalSnapshot;
import dev.jbuild.registry.server.storage.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.UUID;

/// Brings an index and its journal together. The index says which batch of the journal it has last;
/// of batches beyond that there may be one, which a crash cut off from its transaction.
///
/// @param slack growth of the journal in bytes that is never too much
record Journaling(Path file, long slack) {

    Journaling(Path file) {
        this(file, Journal.SLACK);
    }

    /// What the index knows of its journal.
    record Row(String id, Journal.Position last, long base) {}

    /// Where to go on.
    ///
    /// @param ahead how many whole batches stand behind it
    private record Place(Optional<Journal.Position> last, int ahead) {}

    /// @throws StaleIndexException if they don't go together
    Journal open(Session session) throws SQLException, IOException {
        if (!Files.exists(file)) {
            return begin(session, new Row(UUID.randomUUID().toString(), NOTHING, 0));
        }
        Optional<Row> known = row(session);
        try (JournalReader reader = new JournalReader(file)) {
            if (known.isEmpty() || !known.get().id().equals(reader.id())) {
                throw StaleIndexException.foreign();
            }
            Row row = known.get();
            Place place = place(reader, row.last());
            if (place.ahead() > 1) {
                throw StaleIndexException.older();
            }
            if (place.last().isPresent()) {
                keep(session, place.last().get(), row.base());
                return new Journal(file, place.last().get(), row.base(), slack);
            }
        }
        return begin(session, known.get()); // the journal has lost its end
    }

    private static final Journal.Position NOTHING = new Journal.Position(0, 0, 0);

    /// Writes a journal of what the index has. The index is told first which one it is: if there is
    /// a crash in between, the journal is missing, and written the next time.
    private Journal begin(Session session, Row row) throws SQLException, IOException {
        replace(session, row);
        Journal.Position last;
        try (JournalSnapshot snapshot =
                new JournalSnapshot(file, row.id(), row.last().sequence())) {
            write(session, snapshot);
            last = snapshot.finish();
        }
        keep(session, last, last.end());
        return new Journal(file, last, last.end(), slack);
    }

    /// In one transaction: without its row the index would not be the one that a journal goes with.
    private static void replace(Session session, Row row) throws SQLException {
        try (Statement statement = session.connection().createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            try {
                session.change("DELETE FROM journal");
                session.change(
                        "INSERT INTO journal (id, sequence, batch_start, batch_end, base) VALUES"
                                + " (?, ?, 0, 0, 0)",
                        row.id(),
                        row.last().sequence());
                statement.execute("COMMIT");
            } catch (SQLException e) {
                try {
                    statement.execute("ROLLBACK");
                } catch (SQLException also) {
                    e.addSuppressed(also); // SQLite has rolled back by itself
                }
                throw e;
            }
        }
    }

    private static Place place(JournalReader reader, Journal.Position hint) {
        Optional<Batch> last =
                hint.end() > 0
                        ? reader.at(hint.start())
                                .filter(batch -> batch.sequence() == hint.sequence())
                                .filter(batch -> batch.end() == hint.end())
                        : Optional.empty();
        if (last.isEmpty()) {
            Batch[] found = new Batch[1];
            reader.scan(
                    batch -> {
                        if (batch.sequence() == hint.sequence()) {
                            found[0] = batch;
                        }
                    });
            last = Optional.ofNullable(found[0]);
        }
        if (last.isEmpty()) {
            boolean[] beyond = new boolean[1];
            reader.scan(batch -> beyond[0] |= batch.sequence() > hint.sequence());
            return new Place(Optional.empty(), beyond[0] ? 2 : 0);
        }
        int ahead = 0;
        Optional<Batch> next = reader.at(last.get().end());
        while (next.isPresent() && next.get().sequence() > hint.sequence() && ahead < 2) {
            ahead++;
            next = reader.at(next.get().end());
        }
        return new Place(last.map(Journaling::position), ahead);
    }

    private static Journal.Position position(Batch batch) {
        return new Journal.Position(batch.sequence(), batch.start(), batch.end());
    }

    static Optional<Row> row(Session session) throws SQLException {
        return session.first(
                row ->
                        new Row(
                                row.getString(1),
                                new Journal.Position(
                                        row.getLong(2), row.getLong(3), row.getLong(4)),
                                row.getLong(5)),
                "SELECT id, sequence, batch_start, batch_end, base FROM journal");
    }

    /// Part of a transaction.
    static int keep(Session session, Journal.Position last, long base) throws SQLException {
        return session.change(
                "UPDATE journal SET sequence = ?, batch_start = ?, batch_end = ?, base = ?",
                last.sequence(),
                last.start(),
                last.end(),
                base);
    }

    /// All that the index has, as changes from nothing.
    static void write(Session session, JournalSnapshot snapshot) throws SQLException, IOException {
        session.each(
                row ->
                        snapshot.add(
                                new Change.BlobLinked(
                                        new RepositoryName(row.getString(1)),
                                        Digest.parse(row.getString(2)),
                                        row.getLong(3))),
                """
                SELECT name, digest, size FROM repository_blob
                JOIN repository ON repository.id = repository_id JOIN blob ON blob.id = blob_id
                """);
        session.each(
                row ->
                        snapshot.add(
                                new Change.ManifestPut(
                                        new RepositoryName(row.getString(1)),
                                        Digest.parse(row.getString(2)),
                                        row.getLong(3),
                                        new MediaType(row.getString(4)))),
                """
                SELECT name, digest, size, media_type FROM manifest
                JOIN repository ON repository.id = repository_id
                """);
        session.each(
                row ->
                        snapshot.add(
                                new Change.Tagged(
                                        new RepositoryName(row.getString(1)),
                                        new Tag(row.getString(2)),
                                        Digest.parse(row.getString(3)),
                                        row.getLong(4))),
                """
                SELECT repository.name, tag.name, digest, updated_millis FROM tag
                JOIN manifest ON manifest.id = manifest_id
                JOIN repository ON repository.id = tag.repository_id
                """);
    }
}
