package dev.jbuild.registry.server.sqlite;

import dev.jbuild.registry.server.journal.Journal;
import dev.jbuild.registry.server.journal.JournalSnapshot;
import dev.jbuild.registry.server.journal.UnsyncedJournalException;
import dev.jbuild.registry.server.storage.Actor;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.storage.RuleViolationException;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.sqlite.JDBC;

/// An SQLite file: several connections read, one thread writes. Transactions that wait at the same
/// time are committed together, with one sync of the disk for all. Safe for use by several threads.
final class SqliteDatabase implements AutoCloseable {
    private static final int READERS = 4;
    private static final int MOST_AT_ONCE = 256;

    private final Path file;
    private final BlockingQueue<Session> readers = new ArrayBlockingQueue<>(READERS);
    private final BlockingQueue<Task<?>> tasks = new LinkedBlockingQueue<>();
    private final Session writer;
    private final Optional<Journal> journal;
    private final Announcer announcer;
    private final Thread writerThread;
    private final AtomicLong generation = new AtomicLong();
    private volatile boolean closed;

    /// A part of a transaction, or a query. May run twice, if what it is committed with fails.
    interface Work<T> {
        T run(Session session) throws SQLException, IOException;
    }

    private record Task<T>(
            Work<T> work, Optional<String> actor, CompletableFuture<T> result, boolean last) {
        /// @return what completes the future once the transaction is committed
        Runnable run(Session session) throws SQLException, IOException {
            session.actAs(actor);
            T value = work.run(session);
            return () -> result.complete(value);
        }
    }

    /// Opens or makes the file, with the newest schema.
    ///
    /// @param journaling told of changes before they are committed, if there is to be one
    /// @throws StaleIndexException if the journal goes with another state of the index
    SqliteDatabase(Path file, Optional<Journaling> journaling, Announcer announcer)
            throws SQLException, IOException {
        this.file = file;
        this.announcer = announcer;
        writer = new Session(connect());
        try {
            Schema.migrate(writer.connection());
            journal =
                    journaling.isEmpty()
                            ? Optional.empty()
                            : Optional.of(journaling.get().open(writer));
        } catch (SQLException | IOException | RuntimeException e) {
            writer.close();
            throw e;
        }
        for (int i = 0; i < READERS; i++) {
            readers.add(new Session(connect()));
        }
        writerThread = Thread.ofPlatform().name("index-writer").daemon().start(this::writeAll);
    }

    /// Runs a query.
    <T> T read(Work<T> query) throws StorageException {
        Session session = null;
        try {
            session = readers.take();
            return query.run(session);
        } catch (SQLException | IOException e) {
            throw StorageException.of("the index can't be read", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StorageException.of("the index can't be read", e);
        } finally {
            if (session != null) {
                readers.add(session);
            }
        }
    }

    /// Changes with each transaction, before whoever asked for it is told.
    long generation() {
        return generation.get();
    }

    /// Runs a transaction; it is permanent when this returns.
    ///
    /// @throws RuleViolationException if the transaction does; nothing is changed
    <T> T write(Work<T> work) throws StorageException {
        return write(Actor.current(), work);
    }

    /// The same, for what the registry does by itself.
    <T> T writeOwn(Work<T> work) throws StorageException {
        return write(Optional.of(Actor.UPKEEP), work);
    }

    private <T> T write(Optional<String> actor, Work<T> work) throws StorageException {
        if (closed) {
            throw new StorageException("the registry is closing", new SQLException("closed"));
        }
        Task<T> task = new Task<>(work, actor, new CompletableFuture<>(), false);
        tasks.add(task);
        try {
            return task.result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuleViolationException violation) {
                throw violation;
            }
            throw StorageException.of(
                    "the index can't be written", Objects.requireNonNullElse(e.getCause(), e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StorageException.of("the index can't be written", e);
        }
    }

    /// Makes the journal short again if it says much more than it has to. Others read and write
    /// meanwhile.
    synchronized void compactJournal() throws IOException {
        if (journal.isEmpty() || !journal.get().isLarge()) {
            return;
        }
        Journal current = journal.get();
        try (Session session = new Session(connect());
                Statement statement = session.connection().createStatement()) {
            statement.execute("BEGIN");
            Journaling.Row row = Journaling.row(session).orElseThrow();
            try (JournalSnapshot snapshot =
                    new JournalSnapshot(current.file(), row.id(), row.last().sequence())) {
                Journaling.write(session, snapshot);
                statement.execute("COMMIT");
                AtomicBoolean replaced = new AtomicBoolean();
                write(
                        writing -> {
                            if (replaced.compareAndSet(false, true)) {
                                current.replace(snapshot, row.last().end());
                            }
                            return Journaling.keep(writing, current.last(), current.base());
                        });
            }
        } catch (SQLException e) {
            throw StorageException.of("the journal can't be made shorter", e);
        }
    }

    /// Ends after what was asked for before.
    @Override
    public void close() throws SQLException, IOException {
        closed = true;
        tasks.add(new Task<>(_ -> "", Optional.empty(), new CompletableFuture<>(), true));
        try {
            writerThread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Session session : readers) {
            session.close();
        }
        writer.close();
        if (journal.isPresent()) {
            journal.get().close();
        }
    }

    private Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("journal_mode", "WAL");
        settings.setProperty("synchronous", "FULL");
        settings.setProperty("foreign_keys", "true");
        settings.setProperty("busy_timeout", "10000");
        Connection connection = JDBC.createConnection("jdbc:sqlite:" + file, settings);
        if (connection == null) {
            throw new SQLException("the driver doesn't know jdbc:sqlite:");
        }
        return connection;
    }

    private void writeAll() {
        try {
            List<Task<?>> batch = new ArrayList<>();
            while (true) {
                batch.add(tasks.take());
                tasks.drainTo(batch, MOST_AT_ONCE);
                boolean last = batch.removeIf(Task::last);
                commit(batch);
                batch.clear();
                if (last) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// All in one transaction, or, if that fails, each in its own.
    private void commit(List<Task<?>> batch) {
        try {
            transaction(batch).forEach(Runnable::run);
        } catch (UnsyncedJournalException e) { // done, but not acknowledged
            batch.forEach(task -> task.result.completeExceptionally(e));
        } catch (SQLException | IOException | RuntimeException | Error e) { // the thread goes on
            if (batch.size() == 1) {
                batch.getFirst().result.completeExceptionally(e);
            } else {
                batch.forEach(task -> commit(List.of(task)));
            }
        }
    }

    private List<Runnable> transaction(List<Task<?>> batch) throws SQLException, IOException {
        List<Runnable> results = new ArrayList<>(batch.size());
        try (Statement statement = writer.connection().createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            try {
                for (Task<?> task : batch) {
                    results.add(task.run(writer));
                }
                commit(statement);
            } catch (SQLException | IOException | RuntimeException | Error e) {
                rollBack(statement, e);
                throw e;
            } finally {
                writer.takeChanges();
                generation.incrementAndGet(); // whatever became of it
            }
        }
        return results;
    }

    /// The journal first: what it says beyond the index is written over, but not what it lacks.
    /// Both are synced at the same time.
    private void commit(Statement statement) throws SQLException, IOException {
        List<Session.Made> made = writer.takeChanges();
        boolean announced = announce(made);
        List<Change> changes = made.stream().map(Session.Made::change).toList();
        if (journal.isEmpty() || changes.isEmpty()) {
            statement.execute("COMMIT");
        } else {
            Journal told = journal.get();
            told.committed(commit(statement, told, changes));
        }
        if (announced) {
            announcer.committed();
        }
    }

    private Journal.Position commit(Statement statement, Journal told, List<Change> changes)
            throws SQLException, IOException {
        try {
            Journal.Position position = told.append(changes);
            Journaling.keep(writer, position, told.base());
            statement.execute("COMMIT");
            return position;
        } catch (SQLException | IOException | RuntimeException e) {
            try {
                told.undo();
            } catch (IOException also) {
                e.addSuppressed(also);
            }
            throw e;
        }
    }

    /// @return whether anybody is told of anything
    private boolean announce(List<Session.Made> changes) throws SQLException {
        long now = System.currentTimeMillis();
        boolean announced = false;
        for (Session.Made made : changes) {
            for (Announcer.Announcement announcement :
                    announcer.of(made.change(), made.actor(), now)) {
                SqliteOutbox.add(writer, announcement.receiver(), announcement.body(), now);
                announced = true;
            }
        }
        return announced;
    }

    private static void rollBack(Statement statement, Throwable cause) {
        try {
            statement.execute("ROLLBACK");
        } catch (SQLException e) {
            cause.addSuppressed(e); // SQLite has rolled back by itself, as it does on a full disk
        }
    }
}
