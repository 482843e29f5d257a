package dev.jbuild.registry.server.journal;

import dev.jbuild.registry.server.storage.Change;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/// What one group of transactions changed: a line `@ SEQUENCE LENGTH CRC32` and so many bytes of
/// changes, a line each.
///
/// @param sequence one more than that of the batch before; those of a snapshot all have the same
/// @param start offset in the file
/// @param end after its last byte
public record Batch(long sequence, long start, long end, List<Change> changes) {
    /// Larger than any that is written, so that a damaged length does no harm.
    static final int LARGEST = 64 << 20;

    static final int LONGEST_HEAD = 64;
    private static final Pattern HEAD = Pattern.compile("@ (\\d{1,18}) (\\d{1,8}) ([0-9a-f]{8})\n");

    record Head(long sequence, int length, String crc, int bytes) {}

    public Batch {
        changes = List.copyOf(changes);
    }

    static byte[] encode(long sequence, List<Change> changes) {
        StringBuilder lines = new StringBuilder();
        changes.forEach(change -> lines.append(ChangeLine.of(change)).append('\n'));
        byte[] body = lines.toString().getBytes(StandardCharsets.UTF_8);
        String head = "@ " + sequence + " " + body.length + " " + crc(sequence, body) + "\n";
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[start.length + body.length];
        System.arraycopy(start, 0, all, 0, start.length);
        System.arraycopy(body, 0, all, start.length, body.length);
        return all;
    }

    /// @param text that begins with it
    /// @return null if it doesn't
    static @Nullable Head head(String text) {
        Matcher matcher = HEAD.matcher(text);
        return matcher.lookingAt()
                ? new Head(
                        Long.parseLong(matcher.group(1)),
                        Integer.parseInt(matcher.group(2)),
                        matcher.group(3),
                        matcher.end())
                : null;
    }

    /// @throws IllegalArgumentException if this program doesn't know one of them
    static List<Change> changes(byte[] body) {
        return new String(body, StandardCharsets.UTF_8).lines().map(ChangeLine::parse).toList();
    }

    static String crc(long sequence, byte[] body) {
        CRC32 crc = new CRC32();
        crc.update(Long.toString(sequence).getBytes(StandardCharsets.US_ASCII));
        crc.update(body);
        return String.format("%08x", crc.getValue());
    }
}
