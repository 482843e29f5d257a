package dev.jbuild.dockerfile.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntUnaryOperator;

/// Go's notions of space, quoting and splitting.
public final class GoText {
    private GoText() {}

    /// Go's `unicode.IsSpace`.
    public static boolean isSpace(int c) {
        return (c >= '\t' && c <= '\r')
                || c == ' '
                || c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    /// Go's `strings.TrimSpace`.
    public static String trim(String s) {
        int end = s.length();
        while (end > 0 && isSpace(s.charAt(end - 1))) {
            end--;
        }
        return trimStart(s.substring(0, end));
    }

    public static String trimStart(String s) {
        int start = 0;
        while (start < s.length() && isSpace(s.charAt(start))) {
            start++;
        }
        return s.substring(start);
    }

    /// Splits at runs of the blanks that separate the words of an instruction: tab, vertical
    /// tab, form feed, carriage return, space.
    ///
    /// @param limit the most parts to make; the last one keeps the rest
    public static List<String> splitAtBlanks(String s, int limit) {
        List<String> parts = new ArrayList<>();
        int start = 0;
        int i = 0;
        while (i < s.length() && parts.size() < limit - 1) {
            if (!isBlank(s.charAt(i))) {
                i++;
                continue;
            }
            parts.add(s.substring(start, i));
            while (i < s.length() && isBlank(s.charAt(i))) {
                i++;
            }
            start = i;
        }
        parts.add(s.substring(start));
        return parts;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t' || c == 0x0B || c == '\f' || c == '\r';
    }

    /// Go's `strings.ToLower`: one character for each, whatever stands around it.
    public static String lower(String s) {
        return mapped(s, Character::toLowerCase);
    }

    /// Go's `strings.ToUpper`: one character for each, so that `ß` stays.
    public static String upper(String s) {
        return mapped(s, Character::toUpperCase);
    }

    private static String mapped(String s, IntUnaryOperator map) {
        int[] mapped = s.codePoints().map(map).toArray();
        return new String(mapped, 0, mapped.length);
    }

    /// Go's `strconv.Quote`.
    public static String quote(String s) {
        StringBuilder out = new StringBuilder(s.length() + 2).append('"');
        s.codePoints().forEach(c -> appendQuoted(out, c));
        return out.append('"').toString();
    }

    private static void appendQuoted(StringBuilder out, int c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case 0x07 -> out.append("\\a");
            case '\b' -> out.append("\\b");
            case '\f' -> out.append("\\f");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            case 0x0B -> out.append("\\v");
            default -> {
                if (isPrintable(c)) {
                    out.appendCodePoint(c);
                } else if (LosslessUtf8.isRawByte(c)) {
                    out.append(String.format(Locale.ROOT, "\\x%02x", c & 0xFF));
                } else if (c < ' ' || c == 0x7F) {
                    out.append(String.format(Locale.ROOT, "\\x%02x", c));
                } else if (c < 0x10000) {
                    out.append(String.format(Locale.ROOT, "\\u%04x", c));
                } else {
                    out.append(String.format(Locale.ROOT, "\\U%08x", c));
                }
            }
        }
    }

    /// Go's `strconv.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII
    /// space.
    private static boolean isPrintable(int c) {
        if (c < 0x7F) {
            return c >= ' ';
        }
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
