package dev.jbuild.registry.server.journal;

import dev.jbuild.registry.server.storage.Change;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// The journal of a registry that runs. Zeros are written ahead, so that syncing a batch has to
/// write that alone and not the file's new length too. One thread appends.
public final class Journal implements AutoCloseable {
    /// What the file begins with, before the index's id and the end of the line.
    static final String TITLE = "jbuild-registry-journal 1 ";

    private static final int AHEAD = 64 * 1024;

    /// How much a journal may grow before it is looked at, in bytes.
    public static final long SLACK = 4 << 20;

    private static final int MOST_GROWTH = 4;

    private final ExecutorService syncer =
            Executors.newSingleThreadExecutor(
                    Thread.ofPlatform().name("journal-sync").daemon().factory());
    private final Path file;
    private final long slack;
    private FileChannel out;

    /// The end of what counts, if its sync failed: the kernel may have dropped it.
    private byte[] unsynced = new byte[0];

    private byte[] begun = new byte[0];
    private @Nullable Future<Boolean> syncing;
    private Position last;
    private long base;
    private long allocated;
    private volatile long end;
    private volatile long compactAt;

    /// The place of a batch in the file.
    ///
    /// @param sequence of the batch
    /// @param start its first byte
    /// @param end after its last one
    public record Position(long sequence, long start, long end) {}

    /// Goes on behind a batch; what stands there is written over.
    ///
    /// @param base the size of the snapshot that it begins with
    /// @param slack growth in bytes that is never too much
    public Journal(Path file, Position last, long base, long slack) throws IOException {
        this.file = file;
        this.slack = slack;
        this.last = last;
        this.base = base;
        this.out = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
        begin();
    }

    /// Appends a batch and begins to sync it, so that the index can commit meanwhile.
    public Position append(List<Change> changes) throws IOException {
        byte[] batch = Batch.encode(last.sequence() + 1, changes);
        long start = last.end();
        allocate(start + batch.length);
        begun = join(unsynced, batch);
        write(begun, start - unsynced.length);
        FileChannel written = out;
        syncing =
                syncer.submit(
                        () -> {
                            written.force(false);
                            return true;
                        });
        return new Position(last.sequence() + 1, start, start + batch.length);
    }

    /// The batch counts: the index has committed. Permanent when this returns.
    ///
    /// @throws UnsyncedJournalException if the disk failed; then it is written once more, with the
    ///     next batch
    public void committed(Position batch) throws UnsyncedJournalException {
        last = batch;
        end = batch.end();
        unsynced = begun;
        try {
            if (syncing != null) {
                syncing.get();
            }
            unsynced = new byte[0];
        } catch (ExecutionException e) {
            throw new UnsyncedJournalException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnsyncedJournalException(e);
        }
    }

    /// The batch doesn't count: the index has not committed. The next one is written over it.
    public void undo() throws IOException {
        write(new byte[1], last.end());
    }

    public Path file() {
        return file;
    }

    /// The last batch that counts.
    public Position last() {
        return last;
    }

    /// The size of the snapshot that it begins with.
    public long base() {
        return base;
    }

    /// Whether it says much more than it has to. Any thread may ask.
    public boolean isLarge() {
        return end > compactAt;
    }

    /// Lets a snapshot take this journal's place, with the batches that came after it.
    ///
    /// @param from where those begin in this journal
    public void replace(JournalSnapshot snapshot, long from) throws IOException {
        if (unsynced.length > 0) {
            throw new IOException("the end of the journal is not on the disk yet");
        }
        snapshot.complete();
        long size = snapshot.last().end();
        long moved = size - from;
        byte[] tail = new byte[Math.toIntExact(last.end() - from)];
        for (ByteBuffer left = ByteBuffer.wrap(tail); left.hasRemaining(); ) {
            if (out.read(left, from + left.position()) < 0) {
                throw new IOException("the journal is shorter than it was written");
            }
        }
        snapshot.append(tail);
        snapshot.place();
        FileChannel before = out;
        out = snapshot.handOver(); // from now on: the other one has no name any more
        last =
                tail.length == 0
                        ? new Position(last.sequence(), snapshot.last().start(), size)
                        : new Position(last.sequence(), last.start() + moved, last.end() + moved);
        base = size;
        begin();
        before.close();
        snapshot.syncDirectory();
    }

    @Override
    public void close() throws IOException {
        syncer.close();
        out.close();
    }

    private void begin() throws IOException {
        allocated = out.size();
        end = last.end();
        compactAt = MOST_GROWTH * base + slack;
    }

    private void allocate(long size) throws IOException {
        if (size > allocated) {
            long grown = size + AHEAD;
            write(new byte[Math.toIntExact(grown - allocated)], allocated);
            allocated = grown;
        }
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private void write(byte[] bytes, long offset) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            out.write(left, offset + left.position());
        }
    }
}
