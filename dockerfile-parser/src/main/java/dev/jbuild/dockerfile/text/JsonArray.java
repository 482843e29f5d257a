package dev.jbuild.dockerfile.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads the exec form of an instruction: a JSON array (RFC 8259) that fills the whole text.
///
/// Nothing here recurses, so nesting costs no stack; as in Go's decoder, more than 10,000
/// levels are no JSON.
public final class JsonArray {
    private static final int MAX_DEPTH = 10_000;

    private final String s;
    private int at;
    private boolean unrepresentable;

    private JsonArray(String s) {
        this.s = s;
    }

    /// The result of reading a text that starts with `[`.
    public sealed interface Result {
        /// An array of strings.
        record Strings(List<String> values) implements Result {
            public Strings {
                values = List.copyOf(values);
            }
        }

        /// A JSON array, but with something else than strings in it.
        record Mixed() implements Result {}

        /// Not JSON.
        record Invalid() implements Result {}
    }

    public static Result read(String text) {
        return new JsonArray(text).array();
    }

    private Result array() {
        List<Optional<String>> elements = new ArrayList<>();
        skipSpace();
        if (!take('[')) {
            return new Result.Invalid();
        }
        skipSpace();
        boolean valid = take(']') || elements(elements);
        skipSpace();
        if (!valid || at != s.length() || unrepresentable) {
            return new Result.Invalid();
        }
        if (elements.stream().anyMatch(Optional::isEmpty)) {
            return new Result.Mixed();
        }
        return new Result.Strings(elements.stream().map(Optional::orElseThrow).toList());
    }

    /// Reads up to and with the closing bracket; an element that is no string is kept as empty.
    private boolean elements(List<Optional<String>> into) {
        do {
            skipSpace();
            if (at < s.length() && s.charAt(at) == '"') {
                Optional<String> text = string();
                if (text.isEmpty()) {
                    return false;
                }
                into.add(text);
            } else if (skipValue()) {
                into.add(Optional.empty());
            } else {
                return false;
            }
            skipSpace();
        } while (take(','));
        return take(']');
    }

    private void skipSpace() {
        while (at < s.length() && " \t\r\n".indexOf(s.charAt(at)) >= 0) {
            at++;
        }
    }

    private boolean take(char c) {
        if (at < s.length() && s.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private Optional<String> string() {
        StringBuilder out = new StringBuilder();
        at++;
        while (at < s.length()) {
            char c = s.charAt(at++);
            if (c == '"') {
                return Optional.of(validText(out));
            }
            if (c < ' ') {
                return Optional.empty();
            }
            if (c != '\\') {
                out.append(c);
            } else if (!escape(out)) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private boolean escape(StringBuilder out) {
        if (at >= s.length()) {
            return false;
        }
        char c = s.charAt(at++);
        if (c == 'u') {
            return unicodeEscape(out);
        }
        int plain = "\"\\/bfnrt".indexOf(c);
        if (plain < 0) {
            return false;
        }
        out.append("\"\\/\b\f\n\r\t".charAt(plain));
        return true;
    }

    private boolean unicodeEscape(StringBuilder out) {
        if (at + 4 > s.length()) {
            return false;
        }
        int value = 0;
        for (int i = 0; i < 4; i++) {
            char c = s.charAt(at++);
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return false;
            }
            value = value * 16 + digit;
        }
        out.append((char) value);
        return true;
    }

    /// Lone surrogates, escaped or from bytes that were no UTF-8, become U+FFFD as in Go's
    /// decoder.
    private static String validText(StringBuilder text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .forEach(c -> out.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c));
        return out.toString();
    }

    /// Skips one value of any kind, with a stack of open brackets in place of recursion.
    private boolean skipValue() {
        StringBuilder open = new StringBuilder();
        while (true) {
            skipSpace();
            if (at >= s.length()) {
                return false;
            }
            char c = s.charAt(at);
            if (c == '[' || c == '{') {
                at++;
                // The array being read is itself one level.
                if (open.length() + 2 > MAX_DEPTH) {
                    return false;
                }
                open.append(c);
                skipSpace();
                if (!take(c == '[' ? ']' : '}')) {
                    if (c == '{' && !key()) {
                        return false;
                    }
                    continue;
                }
                open.setLength(open.length() - 1);
            } else if (!scalar(c)) {
                return false;
            }
            if (!closeOrNext(open)) {
                return false;
            }
            if (open.isEmpty()) {
                return true;
            }
        }
    }

    /// After a value inside brackets: closes what closes here, or moves to the next value.
    private boolean closeOrNext(StringBuilder open) {
        while (!open.isEmpty()) {
            skipSpace();
            char bracket = open.charAt(open.length() - 1);
            if (take(',')) {
                return bracket == '[' || key();
            }
            if (!take(bracket == '[' ? ']' : '}')) {
                return false;
            }
            open.setLength(open.length() - 1);
        }
        return true;
    }

    private boolean key() {
        skipSpace();
        if (at >= s.length() || s.charAt(at) != '"' || string().isEmpty()) {
            return false;
        }
        skipSpace();
        return take(':');
    }

    private boolean scalar(char first) {
        if (first == '"') {
            return string().isPresent();
        }
        if (first == '-' || (first >= '0' && first <= '9')) {
            return number();
        }
        for (String word : List.of("true", "false", "null")) {
            if (s.startsWith(word, at)) {
                at += word.length();
                return true;
            }
        }
        return false;
    }

    private boolean number() {
        int start = at;
        take('-');
        if (!take('0') && !digits()) {
            return false;
        }
        if (take('.') && !digits()) {
            return false;
        }
        if (take('e') || take('E')) {
            if (!take('+')) {
                take('-');
            }
            if (!digits()) {
                return false;
            }
        }
        if (Double.isInfinite(Double.parseDouble(s.substring(start, at)))) {
            unrepresentable = true;
        }
        return true;
    }

    private boolean digits() {
        int start = at;
        while (at < s.length() && s.charAt(at) >= '0' && s.charAt(at) <= '9') {
            at++;
        }
        return at > start;
    }
}
