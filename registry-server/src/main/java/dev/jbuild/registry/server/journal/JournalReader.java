package dev.jbuild.registry.server.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads a journal that nobody else writes meanwhile. A batch counts only whole; after the last one
/// there may be anything, which a later one is written over.
public final class JournalReader implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bytes;
    private final String id;
    private final long first;

    /// @throws InvalidJournalException if it is no journal, or one of another version
    public JournalReader(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException e) {
            arena.close();
            throw e;
        }
        String line = text(0, Batch.LONGEST_HEAD);
        int end = line.indexOf('\n');
        if (end < 0 || !line.startsWith(Journal.TITLE)) {
            arena.close();
            throw new InvalidJournalException(
                    "'" + file + "' is no journal that this program knows");
        }
        id = line.substring(Journal.TITLE.length(), end);
        first = end + 1L;
    }

    /// What was found in a whole journal.
    ///
    /// @param last the last batch, if there is any; a snapshot's last one
    /// @param damaged how many stretches before the last batch are no batches: their changes are
    ///     lost
    public record Scan(Optional<Batch> last, int damaged) {}

    /// Which index it goes with.
    public String id() {
        return id;
    }

    /// Where the first batch is.
    public long first() {
        return first;
    }

    /// The batch that begins there, if it is whole.
    ///
    /// @throws UncheckedIOException if it has changes that this program doesn't know
    public Optional<Batch> at(long offset) {
        Batch.Head head = Batch.head(text(offset, Batch.LONGEST_HEAD));
        if (head == null
                || head.length() > Batch.LARGEST
                || offset + head.bytes() + head.length() > bytes.byteSize()) {
            return Optional.empty();
        }
        byte[] body =
                bytes.asSlice(offset + head.bytes(), head.length()).toArray(ValueLayout.JAVA_BYTE);
        if (!Batch.crc(head.sequence(), body).equals(head.crc())) {
            return Optional.empty();
        }
        long end = offset + head.bytes() + head.length();
        try {
            return Optional.of(new Batch(head.sequence(), offset, end, Batch.changes(body)));
        } catch (IllegalArgumentException e) {
            throw new UncheckedIOException(
                    new InvalidJournalException(
                            "the journal has a change that this program doesn't know ("
                                    + e.getMessage()
                                    + "): run the jbuild that wrote it"));
        }
    }

    /// Reads all, and goes on behind damaged places.
    public Scan scan(Consumer<Batch> each) {
        List<Long> damaged = new ArrayList<>();
        Optional<Batch> last = Optional.empty();
        long offset = first;
        while (offset < bytes.byteSize()) {
            Optional<Batch> batch = at(offset);
            if (batch.isEmpty()) {
                long next = next(offset + 1);
                if (next < 0) {
                    break;
                }
                damaged.add(offset);
                batch = at(next);
            }
            if (batch.isPresent()) {
                each.accept(batch.get());
                last = batch;
                offset = batch.get().end();
            }
        }
        return new Scan(last, damaged.size());
    }

    @Override
    public void close() {
        arena.close();
    }

    /// @return where the next whole batch begins; -1 if there is none
    private long next(long from) {
        for (long i = from; i < bytes.byteSize(); i++) {
            if (bytes.get(ValueLayout.JAVA_BYTE, i) == '@' && at(i).isPresent()) {
                return i;
            }
        }
        return -1;
    }

    private String text(long offset, int most) {
        long length = Math.max(0, Math.min(most, bytes.byteSize() - offset));
        return new String(
                bytes.asSlice(Math.min(offset, bytes.byteSize()), length)
                        .toArray(ValueLayout.JAVA_BYTE),
                StandardCharsets.ISO_8859_1);
    }
}
