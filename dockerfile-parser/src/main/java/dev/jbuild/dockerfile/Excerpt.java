package dev.jbuild.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The lines of a source with a part of them marked:
///
/// ```
///    7 | COPY --form=build /a /b
///      |      ^^^^^^
/// ```
///
/// Of a long line only the surroundings of the part are shown, of a long instruction only some
/// lines, and nothing that would steer a terminal.
final class Excerpt {
    private static final int MOST_LINES = 12;
    private static final int MOST_COLUMNS = 160;
    private static final int NEAR_START = 20;
    private static final int MOST_OF_MESSAGE_START = 3_000;
    private static final int MOST_OF_MESSAGE_END = 1_000;
    private static final String CUT = "...";
    private static final String GUTTER = "     | ";

    private Excerpt() {}

    /// The lines with nothing marked.
    static String of(Source source, SourceRange range) {
        return of(source, range, Optional.empty(), false);
    }

    /// @param part what to mark; empty marks the whole of a single line
    static String of(Source source, SourceRange range, Optional<String> part) {
        boolean whole = part.isEmpty() && range.firstLine() == range.lastLine();
        return of(source, range, part, whole);
    }

    private static String of(
            Source source, SourceRange range, Optional<String> part, boolean whole) {
        int marked = part.map(p -> lineWith(source, range, p)).orElse(0);
        int first = range.firstLine();
        int end = Math.min(range.lastLine(), source.lineCount());
        List<String> out = new ArrayList<>();
        if (marked - first >= MOST_LINES) {
            first = marked;
            out.add(GUTTER + CUT);
        }
        int last = Math.min(end, first + MOST_LINES - 1);
        for (int line = first; line <= last; line++) {
            String text = source.line(line);
            if (line != marked && !whole) {
                out.add(numbered(line, Window.of(text, 0, 0).shown()));
                continue;
            }
            String mark = whole ? text.strip() : part.orElseThrow();
            int at = text.indexOf(mark);
            Window window = Window.of(text, at, mark.length());
            out.add(numbered(line, window.shown()));
            out.add(GUTTER + window.marker(at, mark.length()));
        }
        if (last < end) {
            out.add(GUTTER + CUT);
        }
        return String.join("\n", out);
    }

    private static String numbered(int line, String text) {
        return String.format(Locale.ROOT, "%4d | %s", line, text).stripTrailing();
    }

    /// The first line of the range that contains the part, or 0.
    private static int lineWith(Source source, SourceRange range, String part) {
        for (int line = range.firstLine();
                line <= Math.min(range.lastLine(), source.lineCount());
                line++) {
            if (source.line(line).contains(part)) {
                return line;
            }
        }
        return 0;
    }

    /// A message that may quote any part of a file, to be shown to people: its middle is left
    /// out if it is long.
    static String plain(String message) {
        int end = message.length() - MOST_OF_MESSAGE_END;
        return end <= MOST_OF_MESSAGE_START
                ? printable(message)
                : printable(message.substring(0, MOST_OF_MESSAGE_START))
                        + " ... "
                        + printable(message.substring(end));
    }

    /// The text with U+FFFD for what is no text or would steer a terminal; tabs stay.
    private static String printable(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(
                        c -> {
                            boolean bad =
                                    switch (Character.getType(c)) {
                                        case Character.CONTROL -> c != '\t';
                                        case Character.SURROGATE -> true;
                                        // Marks that turn the direction of what follows.
                                        case Character.FORMAT -> isBidirectional(c);
                                        default -> false;
                                    };
                            out.appendCodePoint(bad ? 0xFFFD : c);
                        });
        return out.toString();
    }

    private static boolean isBidirectional(int c) {
        return c == 0x200E
                || c == 0x200F
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }

    /// The columns of a line that are shown.
    private record Window(String text, int from, int to) {

        /// As many columns as are allowed, with the part in the middle, or its start if it is
        /// too long itself.
        static Window of(String text, int at, int length) {
            if (text.length() <= MOST_COLUMNS) {
                return new Window(text, 0, text.length());
            }
            int spare = MOST_COLUMNS - Math.min(length, MOST_COLUMNS - 2 * CUT.length());
            int wanted = at <= NEAR_START ? 0 : at - spare / 2;
            int from = Math.clamp(wanted, 0, text.length() - MOST_COLUMNS);
            int to = from + MOST_COLUMNS;
            return new Window(text, boundary(text, from), boundary(text, to));
        }

        /// The place, or the one before it if it is inside a character.
        private static int boundary(String text, int place) {
            boolean inside =
                    place > 0
                            && place < text.length()
                            && Character.isSurrogatePair(
                                    text.charAt(place - 1), text.charAt(place));
            return inside ? place - 1 : place;
        }

        private String before() {
            return from > 0 ? CUT : "";
        }

        String shown() {
            String after = to < text.length() ? CUT : "";
            return before() + printable(text.substring(from, to)) + after;
        }

        String marker(int at, int length) {
            StringBuilder out = new StringBuilder(" ".repeat(before().length()));
            text.substring(from, Math.max(from, at))
                    .codePoints()
                    .forEach(c -> out.append(c == '\t' ? '\t' : ' '));
            int start = Math.max(from, at);
            int end = Math.min(to, at + length);
            int columns = start < end ? text.codePointCount(start, end) : 0;
            return out.append("^".repeat(Math.max(1, columns))).toString();
        }
    }
}
