package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The text of a Dockerfile with the name under which messages speak of it.
///
/// Bytes that are not UTF-8 survive: they are carried as lone surrogates and become the same
/// bytes again in [#bytesOf].
public final class Source {
    /// What the reference scanner holds: a line of 65,535 bytes and its line end.
    private static final int MOST_LINE_BYTES = 65_535;

    private static final int MOST_BYTES = 4 << 20;

    private final String name;
    private final List<String> lines;
    private final int overlongLine;

    private Source(String name, List<String> lines, int overlongLine) {
        this.name = name;
        this.lines = lines;
        this.overlongLine = overlongLine;
    }

    public static Source of(String name, byte[] bytes) {
        List<String> lines = new ArrayList<>();
        int overlong = 0;
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\n' && i != bytes.length - 1) {
                continue;
            }
            int content = bytes[i] == '\n' ? i - start : i + 1 - start;
            lines.add(LosslessUtf8.decode(bytes, start, i + 1));
            if (content > MOST_LINE_BYTES && overlong == 0) {
                overlong = lines.size();
            }
            start = i + 1;
        }
        return new Source(name, lines, overlong);
    }

    public static Source of(String name, String text) {
        return of(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /// Reads the stream to its end, or to the first line that is too long, which parsing refuses;
    /// the caller closes it.
    ///
    /// @throws IOException if it has more than 4 MiB
    public static Source read(String name, InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        int inLine = 0;
        int count = in.read(buffer);
        while (count >= 0) {
            all.write(buffer, 0, count);
            if (all.size() > MOST_BYTES) {
                throw new IOException(
                        name
                                + ": a Dockerfile of more than "
                                + (MOST_BYTES >> 20)
                                + " MiB; it may have no more");
            }
            inLine = lineLength(inLine, buffer, count);
            count = inLine > MOST_LINE_BYTES ? -1 : in.read(buffer);
        }
        return of(name, all.toByteArray());
    }

    /// The length of the line that the last byte belongs to, or of the first that is too long.
    private static int lineLength(int before, byte[] bytes, int count) {
        int length = before;
        for (int i = 0; i < count && length <= MOST_LINE_BYTES; i++) {
            length = bytes[i] == '\n' ? 0 : length + 1;
        }
        return length;
    }

    /// A text that quotes this or that of a source, as people may see it: shortened if it is long,
    /// and with U+FFFD for what would steer a terminal.
    public static String printable(String text) {
        return Excerpt.plain(text);
    }

    public String name() {
        return name;
    }

    public int lineCount() {
        return lines.size();
    }

    /// A line without its line end.
    ///
    /// @param number counted from 1
    public String line(int number) {
        String line = lineWithEnd(number);
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == '\n' || line.charAt(end - 1) == '\r')) {
            end--;
        }
        return line.substring(0, end);
    }

    /// The lines of a range with their numbers, as messages show them: long ones shortened, nothing
    /// that would steer a terminal. No line end at the end.
    public String excerpt(SourceRange range) {
        return Excerpt.of(this, range);
    }

    String lineWithEnd(int number) {
        return lines.get(number - 1);
    }

    /// The first line that is longer than 65,535 bytes, or 0.
    int overlongLine() {
        return overlongLine;
    }

    /// The bytes for a text that came from a source, a heredoc's for instance: UTF-8, except
    /// that what was not UTF-8 comes out as it came in.
    public static byte[] bytesOf(String text) {
        return LosslessUtf8.encode(text);
    }

    @Override
    public String toString() {
        return name;
    }
}
