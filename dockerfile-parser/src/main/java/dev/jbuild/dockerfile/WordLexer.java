package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.ShellPattern;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One pass over one word. Not for use by more than one thread.
final class WordLexer {
    /// How much of the shell's syntax counts.
    enum Mode {
        /// A word of an instruction: everything counts and disappears.
        WORD(false, false, false, false),
        /// The body of a heredoc: quotes are text.
        HEREDOC(false, false, true, false),
        /// To find the words of a line: quotes and escapes count and stay, what is undefined
        /// stays.
        LINE(true, true, false, true),
        /// The word after `<<`, without its quotes.
        TERMINATOR(false, false, false, true),
        /// The word after `<<`, with its quotes.
        RAW_TERMINATOR(true, false, false, true);

        private final boolean keepQuotes;
        private final boolean keepEscapes;
        private final boolean quotesAreText;
        private final boolean keepUndefined;

        Mode(
                boolean keepQuotes,
                boolean keepEscapes,
                boolean quotesAreText,
                boolean keepUndefined) {
            this.keepQuotes = keepQuotes;
            this.keepEscapes = keepEscapes;
            this.quotesAreText = quotesAreText;
            this.keepUndefined = keepUndefined;
        }
    }

    private static final int EOF = -1;
    private static final int MOST_NESTED = 200;
    private static final int MOST_CHARACTERS = 1 << 24;
    private static final String CHECK_BRACES =
            "close the braces, or write \\$ if a dollar sign is meant";

    private final String word;
    private final int escape;
    private final Map<String, String> environment;
    private final Mode mode;
    private final Set<String> used = new LinkedHashSet<>();
    private final Set<String> undefined = new LinkedHashSet<>();
    private boolean keepEscapes;
    private int at;
    private int depth;

    WordLexer(String word, char escape, Map<String, String> environment, Mode mode) {
        this.word = word;
        this.escape = escape;
        this.environment = environment;
        this.mode = mode;
        this.keepEscapes = mode.keepEscapes;
    }

    Expansion run() throws WordException {
        // As in the reference, a byte order mark at the start of a word is no part of it.
        at = word.startsWith("\uFEFF") ? 1 : 0;
        WordList words = new WordList();
        try {
            String text = until(EOF, mode.keepEscapes, words);
            return new Expansion(text, words.finish(), used, undefined);
        } catch (WordException e) {
            throw new WordException(
                    "failed to process " + GoText.quote(word) + ": " + e.problem(),
                    e.remedy(),
                    word.strip(),
                    undefined);
        }
    }

    private int peek() {
        return at < word.length() ? word.codePointAt(at) : EOF;
    }

    private int next() {
        int c = peek();
        if (c != EOF) {
            at += Character.charCount(c);
        }
        return c;
    }

    /// Reads up to the stop character, which it takes too, or to the end.
    private String until(int stop, boolean keep, @Nullable WordList words) throws WordException {
        boolean outer = keepEscapes;
        keepEscapes = keep;
        if (++depth > MOST_NESTED) {
            throw new WordException(
                    "substitutions nest deeper than " + MOST_NESTED,
                    "set the inner values with ARG or ENV first",
                    "");
        }
        StringBuilder out = new StringBuilder();
        while (peek() != EOF) {
            int c = peek();
            if (stop != EOF && c == stop) {
                next();
                keepEscapes = outer;
                depth--;
                return out.toString();
            }
            if (c == '$') {
                String value = dollar();
                append(out, value);
                if (words != null) {
                    words.split(value);
                }
            } else if (!mode.quotesAreText && (c == '\'' || c == '"')) {
                String text = c == '"' ? doubleQuoted() : singleQuoted();
                append(out, text);
                if (words != null) {
                    words.add(text);
                }
            } else if (c == '<') {
                String mark = heredocMark();
                append(out, mark);
                if (words != null) {
                    words.add(mark);
                }
            } else if (!plain(out, words)) {
                break;
            }
        }
        if (stop != EOF) {
            throw new WordException(
                    "unexpected end of statement while looking for matching "
                            + Character.toString(stop),
                    CHECK_BRACES,
                    "");
        }
        return out.toString();
    }

    /// A `<`, or `<<` with the blanks behind it: these don't end the word, so that `<< EOF` is
    /// one.
    private String heredocMark() {
        int start = at;
        next();
        if (peek() == '<') {
            next();
            while (peek() == ' ' || peek() == '\t' || peek() == '\r') {
                next();
            }
        }
        return word.substring(start, at);
    }

    /// One character, or an escape and the character behind it; false at the end.
    private boolean plain(StringBuilder out, @Nullable WordList words) {
        int c = next();
        if (c != escape) {
            if (words != null) {
                words.split(c);
            }
            out.appendCodePoint(c);
            return true;
        }
        if (keepEscapes) {
            if (words != null) {
                words.add(c);
            }
            out.appendCodePoint(c);
        }
        c = next();
        if (c == EOF) {
            return false;
        }
        if (words != null) {
            words.add(c);
        }
        out.appendCodePoint(c);
        return true;
    }

    private void append(StringBuilder out, String value) throws WordException {
        if (out.length() + value.length() > MOST_CHARACTERS) {
            throw new WordException(
                    "the result has more than " + MOST_CHARACTERS + " characters",
                    "don't let variables contain each other over and over",
                    "");
        }
        out.append(value);
    }

    private String singleQuoted() throws WordException {
        int start = at;
        int end = word.indexOf('\'', at + 1);
        if (end < 0) {
            at = word.length();
            throw unmatched("single", '\'');
        }
        at = end + 1;
        return mode.keepQuotes ? word.substring(start, at) : word.substring(start + 1, end);
    }

    private String doubleQuoted() throws WordException {
        StringBuilder out = new StringBuilder();
        int quote = next();
        if (mode.keepQuotes) {
            out.appendCodePoint(quote);
        }
        while (true) {
            switch (peek()) {
                case EOF -> throw unmatched("double", '"');
                case '"' -> {
                    next();
                    if (mode.keepQuotes) {
                        out.append('"');
                    }
                    return out.toString();
                }
                case '$' -> append(out, dollar());
                default -> {
                    int c = next();
                    if (c == escape) {
                        if (keepEscapes) {
                            out.appendCodePoint(c);
                        }
                        int escaped = peek();
                        if (escaped == EOF) {
                            continue;
                        }
                        if (escaped == '"' || escaped == '$' || escaped == escape) {
                            c = next();
                        }
                    }
                    out.appendCodePoint(c);
                }
            }
        }
    }

    private static WordException unmatched(String kind, char quote) {
        return new WordException(
                "unexpected end of statement while looking for matching " + kind + "-quote",
                "add the missing " + quote + ", or escape the one that is there",
                "");
    }

    private String dollar() throws WordException {
        next();
        if (peek() == '{') {
            next();
            return braces();
        }
        String name = name();
        if (name.isEmpty()) {
            return "$";
        }
        String value = lookUp(name);
        if (value == null) {
            return mode.keepUndefined ? "$" + name : "";
        }
        return value;
    }

    private String braces() throws WordException {
        switch (peek()) {
            case EOF -> throw missingBrace();
            case '{', '}', ':' ->
                    throw new WordException(
                            "syntax error: bad substitution",
                            "write a variable's name after ${",
                            "");
            default -> {}
        }
        String name = name();
        int c = next();
        return switch (c) {
            case '}' -> {
                String value = lookUp(name);
                yield value != null ? value : mode.keepUndefined ? "${" + name + "}" : "";
            }
            case '/' -> replacement(name);
            case ':' -> modified(name, next(), true);
            case '+', '-', '?', '#', '%' -> modified(name, c, false);
            default -> throw unsupported(show(c));
        };
    }

    private static String show(int c) {
        return c == EOF ? "\uFFFD" : Character.toString(c);
    }

    private static WordException unsupported(String modifier) {
        return new WordException(
                "unsupported modifier (" + modifier + ") in substitution",
                "the modifiers are :- - :+ + :? ? # ## % %% / //",
                "");
    }

    private static WordException missingBrace() {
        return new WordException("syntax error: missing '}'", CHECK_BRACES, "");
    }

    private static WordException missingSlash() {
        return new WordException(
                "syntax error: missing '/' in ${}", "write ${name/pattern/replacement}", "");
    }

    /// `${name-word}` and its kin; the modifier has been read.
    private String modified(String name, int modifier, boolean emptyIsUnset) throws WordException {
        boolean trims = modifier == '#' || modifier == '%';
        String shown = (emptyIsUnset ? ":" : "") + show(modifier);
        if (trims && emptyIsUnset) {
            throw unsupported(shown);
        }
        String argument = part('}', trims, WordLexer::missingBrace);
        String value = lookUp(name);
        if (value == null && mode.keepUndefined) {
            return "${" + name + shown + argument + "}";
        }
        boolean present = value != null && !(emptyIsUnset && value.isEmpty());
        String set = value == null ? "" : value;
        return switch (modifier) {
            case '-' -> present ? set : argument;
            case '+' -> present ? argument : "";
            case '?' -> {
                if (!present) {
                    throw required(name, value != null, argument);
                }
                yield set;
            }
            case '#', '%' -> trimmed(modifier, argument, set);
            default -> throw unsupported(shown);
        };
    }

    private static WordException required(String name, boolean set, String message) {
        String reason =
                !message.isEmpty()
                        ? message
                        : set ? "is not allowed to be empty" : "is not allowed to be unset";
        return new WordException(
                name + ": " + reason, "give it a value with --build-arg, ARG or ENV", "");
    }

    private static String trimmed(int modifier, String argument, String value)
            throws WordException {
        boolean longest = !argument.isEmpty() && argument.charAt(0) == modifier;
        String pattern = longest ? argument.substring(1) : argument;
        try {
            return modifier == '#'
                    ? ShellPattern.trimPrefix(pattern, value, longest)
                    : ShellPattern.trimSuffix(pattern, value, longest);
        } catch (IllegalArgumentException e) {
            throw invalidPattern(pattern, e);
        }
    }

    private static WordException invalidPattern(String pattern, IllegalArgumentException e) {
        return new WordException(
                "invalid pattern (" + pattern + ") in substitution: " + e.getMessage(),
                "a backslash in a pattern may only stand before *, ? or \\",
                "");
    }

    /// `${name/pattern/replacement}`; the first slash has been read.
    private String replacement(String name) throws WordException {
        boolean all = peek() == '/';
        if (all) {
            next();
        }
        String pattern = part('/', true, WordLexer::missingSlash);
        String with = part('}', true, WordLexer::missingBrace);
        String value = lookUp(name);
        if (value == null && mode.keepUndefined) {
            return "${" + name + "/" + pattern + "/" + with + "}";
        }
        String text = value == null ? "" : value;
        try {
            return all
                    ? ShellPattern.replaceAll(pattern, text, with)
                    : ShellPattern.replaceFirst(pattern, text, with);
        } catch (IllegalArgumentException e) {
            throw invalidPattern(pattern, e);
        }
    }

    /// A part of a substitution; what is wrong at the very end of the word is that the part
    /// doesn't end.
    private String part(int stop, boolean keep, Supplier<WordException> unended)
            throws WordException {
        try {
            return until(stop, keep, null);
        } catch (WordException e) {
            throw peek() == EOF ? unended.get() : e;
        }
    }

    /// A variable's name: letters, digits and `_`; a number; or one of the shell's special
    /// parameters.
    private String name() {
        int start = at;
        int c = peek();
        if (c != EOF && Character.isDigit(c)) {
            while (peek() != EOF && Character.isDigit(peek())) {
                next();
            }
        } else if (c != EOF && "@*#?-$!".indexOf(c) >= 0) {
            next();
        } else {
            while (peek() != EOF && (Character.isLetterOrDigit(peek()) || peek() == '_')) {
                next();
            }
        }
        return word.substring(start, at);
    }

    private @Nullable String lookUp(String name) {
        String value = environment.get(name);
        (value == null ? undefined : used).add(name);
        return value;
    }

    /// Collects words; only unquoted, unescaped spaces separate them.
    private static final class WordList {
        private final List<String> words = new ArrayList<>();
        private final StringBuilder current = new StringBuilder();

        void split(String text) {
            text.codePoints().forEach(this::split);
        }

        void split(int c) {
            if (!GoText.isSpace(c)) {
                current.appendCodePoint(c);
            } else {
                end();
            }
        }

        void add(String text) {
            current.append(text);
        }

        void add(int c) {
            current.appendCodePoint(c);
        }

        private void end() {
            if (!current.isEmpty()) {
                words.add(current.toString());
                current.setLength(0);
            }
        }

        List<String> finish() {
            end();
            return words;
        }
    }
}
