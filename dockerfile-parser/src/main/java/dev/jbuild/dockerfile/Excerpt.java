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
final class Excerpt {
    private static final int MOST_LINES = 12;
    private static final int MOST_CHARACTERS = 240;
    private static final int MOST_OF_MESSAGE_START = 3_000;
    private static final int MOST_OF_MESSAGE_END = 1_000;

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
        if (marked - first >= MOST_LINES) {
            first = marked;
        }
        int last = Math.min(Math.min(range.lastLine(), source.lineCount()), first + MOST_LINES - 1);
        List<String> out = new ArrayList<>();
        for (int line = first; line <= last; line++) {
            String text = source.line(line);
            out.add(String.format(Locale.ROOT, "%4d | %s", line, shown(text)).stripTrailing());
            if (line == marked) {
                out.add("     | " + marker(text, part.orElseThrow()));
            } else if (whole) {
                out.add("     | " + marker(text, text.strip()));
            }
        }
        if (last < Math.min(range.lastLine(), source.lineCount())) {
            out.add("     | ...");
        }
        return String.join("\n", out);
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

    private static String marker(String text, String part) {
        int at = text.indexOf(part);
        if (at >= MOST_CHARACTERS) {
            return "";
        }
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < at; i++) {
            out.append(text.charAt(i) == '\t' ? '\t' : ' ');
        }
        int length = Math.min(part.length(), MOST_CHARACTERS - at);
        return out.append("^".repeat(Math.max(1, length))).toString();
    }

    private static String shown(String text) {
        return text.length() <= MOST_CHARACTERS
                ? harmless(text)
                : harmless(text.substring(0, MOST_CHARACTERS)) + "...";
    }

    /// A message that may quote any part of a file, to be shown to people: its middle is left
    /// out if it is long.
    static String plain(String message) {
        int end = message.length() - MOST_OF_MESSAGE_END;
        return end <= MOST_OF_MESSAGE_START
                ? harmless(message)
                : harmless(message.substring(0, MOST_OF_MESSAGE_START))
                        + " ... "
                        + harmless(message.substring(end));
    }

    /// The text without anything that would steer a terminal.
    private static String harmless(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean paired =
                    Character.isSurrogate(c) && Character.isSurrogatePair(c, next(text, i));
            if (paired) {
                out.append(c).append(next(text, i++));
            } else if (c == '\t' || !(Character.isISOControl(c) || Character.isSurrogate(c))) {
                out.append(c);
            } else {
                out.append('\uFFFD');
            }
        }
        return out.toString();
    }

    private static char next(String text, int i) {
        return i + 1 < text.length() ? text.charAt(i + 1) : 0;
    }
}
