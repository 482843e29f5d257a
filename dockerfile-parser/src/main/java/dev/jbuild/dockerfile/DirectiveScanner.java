package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the block of directives line by line; the first line that is none ends it.
final class DirectiveScanner {
    private static final List<String> NAMES = List.of("syntax", "escape", "check");

    private final String prefix;
    private final Set<String> seen = new HashSet<>();
    private boolean done;

    DirectiveScanner(String prefix) {
        this.prefix = prefix;
    }

    record Found(String name, String value) {}

    Optional<Found> line(String line) throws WordException {
        if (done) {
            return Optional.empty();
        }
        Optional<Found> found =
                line.startsWith(prefix)
                        ? assignment(line.substring(prefix.length()))
                        : Optional.empty();
        if (found.isEmpty() || !NAMES.contains(found.get().name())) {
            done = true;
            return Optional.empty();
        }
        if (!seen.add(found.get().name())) {
            throw new WordException(
                    "only one " + found.get().name() + " parser directive can be used",
                    "remove this one or the other",
                    line.strip());
        }
        return found;
    }

    /// `name = value` in a comment without its mark; the name in lower case.
    static Optional<Found> assignment(String comment) {
        String s = GoText.trimStart(comment);
        int end = 0;
        while (end < s.length() && isNamePart(s.charAt(end), end)) {
            end++;
        }
        int equals = skipSpace(s, end);
        if (end == 0 || equals == s.length() || s.charAt(equals) != '=' || s.indexOf('\n') >= 0) {
            return Optional.empty();
        }
        String value = s.substring(equals + 1);
        int from = skipSpace(value, 0);
        int to = value.length();
        while (to > from && isSpace(value.charAt(to - 1))) {
            to--;
        }
        if (value.isEmpty()) {
            return Optional.empty();
        }
        // Of nothing but spaces, the last one is the value.
        String trimmed =
                from == value.length()
                        ? value.substring(value.length() - 1)
                        : value.substring(from, to);
        return Optional.of(new Found(GoText.lower(s.substring(0, end)), trimmed));
    }

    private static boolean isNamePart(char c, int at) {
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return letter || (at > 0 && c >= '0' && c <= '9');
    }

    private static int skipSpace(String s, int from) {
        int i = from;
        while (i < s.length() && isSpace(s.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
    }
}
