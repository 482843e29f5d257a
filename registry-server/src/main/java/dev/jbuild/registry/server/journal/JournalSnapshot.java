package dev.jbuild.registry.server.journal;

import dev.jbuild.registry.server.storage.Change;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// A new journal that says in as few words as possible what a registry has at one moment. Written
/// beside the journal that it will take the place of.
public final class JournalSnapshot implements AutoCloseable {
    private static final int AT_ONCE = 1000;

    private final Path place;
    private final Path fresh;
    private final FileChannel out;
    private final long sequence;
    private final List<Change> waiting = new ArrayList<>();
    private long start;
    private long end;
    private boolean placed;
    private boolean handedOver;

    /// @param place where the journal will be
    /// @param id of the index
    /// @param sequence of the last batch that it takes the place of
    public JournalSnapshot(Path place, String id, long sequence) throws IOException {
        this.place = place;
        this.fresh = place.resolveSibling(place.getFileName() + ".new");
        this.sequence = sequence;
        this.out =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
        write((Journal.TITLE + id + "\n").getBytes(StandardCharsets.US_ASCII));
        start = end;
    }

    public void add(Change change) throws IOException {
        waiting.add(change);
        if (waiting.size() == AT_ONCE) {
            complete();
        }
    }

    /// Ends with a batch, be it empty, and makes it permanent under its final name.
    ///
    /// @return the last batch
    public Journal.Position finish() throws IOException {
        complete();
        place();
        syncDirectory();
        return last();
    }

    /// Ends with a batch, but leaves it beside the journal.
    void complete() throws IOException {
        start = end;
        write(Batch.encode(sequence, waiting));
        waiting.clear();
    }

    Journal.Position last() {
        return new Journal.Position(sequence, start, end);
    }

    void append(byte[] bytes) throws IOException {
        write(bytes);
    }

    /// Gives it its final name.
    void place() throws IOException {
        out.force(true);
        Files.move(fresh, place, StandardCopyOption.ATOMIC_MOVE);
        placed = true;
    }

    /// Makes the name permanent.
    void syncDirectory() throws IOException {
        Path directory = place.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    /// What writes to it, for whoever goes on with it; not closed by this any more.
    FileChannel handOver() {
        handedOver = true;
        return out;
    }

    @Override
    public void close() throws IOException {
        if (!handedOver) {
            out.close();
        }
        if (!placed) {
            Files.deleteIfExists(fresh);
        }
    }

    private void write(byte[] bytes) throws IOException {
        for (ByteBuffer left = ByteBuffer.wrap(bytes); left.hasRemaining(); ) {
            end += out.write(left);
        }
    }
}
