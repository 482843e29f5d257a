package dev.jbuild.builder.source;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A wildcard of COPY and ADD for one component of a path, with the rules of Go's `path.Match`:
/// `*`, `?`, `[a-z]`, `[^a-z]`, and `\` before a character that is meant literally.
final class PathPattern {
    private final Pattern regex;

    private PathPattern(Pattern regex) {
        this.regex = regex;
    }

    /// Whether the text has any character with a meaning.
    static boolean isWildcard(String text) {
        return text.chars().anyMatch(c -> c == '*' || c == '?' || c == '[' || c == '\\');
    }

    /// Whether it can stand for other names than itself.
    static boolean isOpen(String text) {
        for (int at = 0; at < text.length(); at++) {
            switch (text.charAt(at)) {
                case '*', '?', '[' -> {
                    return true;
                }
                case '\\' -> at++;
                default -> {}
            }
        }
        return false;
    }

    /// @throws IllegalArgumentException if a bracket or an escape is not ended
    static PathPattern compile(String text) {
        StringBuilder regex = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            switch (c) {
                case '*' -> regex.append(".*");
                case '?' -> regex.append('.');
                case '[' -> at = appendClass(text, at, regex);
                case '\\' -> {
                    at++;
                    if (at == text.length()) {
                        throw malformed(text, "it ends with '\\'");
                    }
                    appendLiteral(text.charAt(at), regex);
                }
                default -> appendLiteral(c, regex);
            }
            at++;
        }
        try {
            return new PathPattern(Pattern.compile(regex.toString(), Pattern.DOTALL));
        } catch (PatternSyntaxException e) {
            throw malformed(text, "a range in brackets is backwards");
        }
    }

    boolean matches(String name) {
        return regex.matcher(name).matches();
    }

    private static int appendClass(String text, int open, StringBuilder regex) {
        int at = open + 1;
        regex.append('[');
        if (at < text.length() && text.charAt(at) == '^') {
            regex.append('^');
            at++;
        }
        int first = at;
        while (at < text.length() && (text.charAt(at) != ']' || at == first)) {
            char c = text.charAt(at);
            if (c == '-' && at > first) {
                regex.append('-');
            } else {
                if (c == '\\' && at + 1 < text.length()) {
                    at++;
                    c = text.charAt(at);
                }
                regex.append(String.format("\\x{%x}", (int) c));
            }
            at++;
        }
        if (at >= text.length()) {
            throw malformed(text, "a '[' has no ']'");
        }
        regex.append(']');
        return at;
    }

    private static void appendLiteral(char c, StringBuilder regex) {
        regex.append(Pattern.quote(String.valueOf(c)));
    }

    private static IllegalArgumentException malformed(String text, String why) {
        return new IllegalArgumentException("malformed pattern '" + text + "': " + why);
    }
}
