package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.JsonArray;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Splits a logical line into an instruction's name, flags and arguments; each instruction has
/// its own way to split.
final class LineParser {
    /// How the flags are taken from a line that has other characters than ASCII.
    enum FlagBytes {
        /// As the text they are.
        TEXT,
        /// Byte by byte, each a character of its own, as BuildKit does.
        LATIN1
    }

    private static final int MOST_NESTED = 100;

    private final char escape;
    private final FlagBytes flagBytes;

    LineParser(char escape) {
        this(escape, FlagBytes.TEXT);
    }

    LineParser(char escape, FlagBytes flagBytes) {
        this.escape = escape;
        this.flagBytes = flagBytes;
    }

    LineNode parse(String line) throws WordException {
        // ONBUILD takes a whole instruction, which may be another ONBUILD, and so on.
        Deque<Head> outer = new ArrayDeque<>();
        Head head = head(line);
        while (head.keyword == Keyword.ONBUILD && !head.rest.isEmpty()) {
            if (outer.size() == MOST_NESTED) {
                throw new WordException(
                        "ONBUILD nests deeper than " + MOST_NESTED,
                        "write ONBUILD once",
                        head.word);
            }
            outer.push(head);
            head = head(head.rest);
        }
        LineNode node = node(head, arguments(head), null);
        while (!outer.isEmpty()) {
            node = node(outer.pop(), new Arguments(List.of(), false), node);
        }
        return node;
    }

    private record Head(
            String word, @Nullable Keyword keyword, List<String> flags, String rest, String line) {}

    private record Arguments(List<String> values, boolean json) {}

    private Head head(String line) {
        List<String> parts = GoText.splitAtBlanks(GoText.trim(line), 2);
        String word = parts.getFirst();
        FlagWords flags = parts.size() < 2 ? new FlagWords(List.of(), "") : flags(parts.get(1));
        return new Head(
                word,
                Keyword.of(word).orElse(null),
                flags.flags(),
                GoText.trim(flags.rest()),
                line);
    }

    private FlagWords flags(String line) {
        if (flagBytes == FlagBytes.TEXT) {
            return FlagWords.split(line, escape);
        }
        byte[] bytes = LosslessUtf8.encode(line);
        FlagWords words =
                FlagWords.splitBytes(new String(bytes, StandardCharsets.ISO_8859_1), escape);
        byte[] rest = words.rest().getBytes(StandardCharsets.ISO_8859_1);
        return new FlagWords(words.flags(), LosslessUtf8.decode(rest, 0, rest.length));
    }

    private static LineNode node(Head head, Arguments arguments, @Nullable LineNode child) {
        return new LineNode(
                head.word, head.flags, arguments.values, arguments.json, child, head.line);
    }

    private Arguments arguments(Head head) throws WordException {
        String rest = head.rest;
        return switch (head.keyword) {
            // What isn't known keeps an empty argument, as in the reference's tree.
            case null -> new Arguments(List.of(""), false);
            case ADD, COPY, VOLUME -> jsonOr(rest, blankSeparated(rest));
            case CMD, ENTRYPOINT, RUN, SHELL -> jsonOr(rest, whole(rest));
            case ENV, LABEL -> new Arguments(pairs(head.keyword, rest), false);
            case ARG -> new Arguments(words(rest), false);
            case EXPOSE, FROM -> new Arguments(blankSeparated(rest), false);
            case MAINTAINER, STOPSIGNAL, USER, WORKDIR -> new Arguments(whole(rest), false);
            case HEALTHCHECK -> healthcheck(rest);
            case ONBUILD -> new Arguments(List.of(), false);
        };
    }

    private static List<String> whole(String rest) {
        return rest.isEmpty() ? List.of() : List.of(rest);
    }

    private static List<String> blankSeparated(String rest) {
        return rest.isEmpty() ? List.of() : GoText.splitAtBlanks(rest, Integer.MAX_VALUE);
    }

    private static Arguments jsonOr(String rest, List<String> otherwise) throws WordException {
        if (!rest.startsWith("[")) {
            return new Arguments(otherwise, false);
        }
        return switch (JsonArray.read(rest)) {
            case JsonArray.Result.Strings strings -> new Arguments(strings.values(), true);
            case JsonArray.Result.Invalid _ -> new Arguments(otherwise, false);
            case JsonArray.Result.Mixed _ ->
                    throw new WordException(
                            "when using JSON array syntax, arrays must be comprised of strings only",
                            "put every element in double quotes",
                            rest);
        };
    }

    private static Arguments healthcheck(String rest) throws WordException {
        int end = 0;
        while (end < rest.length() && !GoText.isSpace(rest.charAt(end))) {
            end++;
        }
        if (end == 0) {
            return new Arguments(List.of(), false);
        }
        String command = GoText.trimStart(rest.substring(end));
        Arguments arguments = jsonOr(command, whole(command));
        List<String> values = new ArrayList<>();
        values.add(rest.substring(0, end));
        values.addAll(arguments.values);
        return new Arguments(values, arguments.json);
    }

    /// For ENV and LABEL, three arguments a variable: name, value, and `=` or, in the old form,
    /// nothing.
    private List<String> pairs(Keyword keyword, String rest) throws WordException {
        List<String> words = words(rest);
        if (words.isEmpty()) {
            return List.of();
        }
        if (words.getFirst().indexOf('=') < 0) {
            List<String> parts = GoText.splitAtBlanks(rest, 2);
            if (parts.size() < 2) {
                throw new WordException(
                        keyword + " must have two arguments",
                        "write " + keyword + " name=value",
                        rest);
            }
            return List.of(parts.get(0), parts.get(1), "");
        }
        List<String> triples = new ArrayList<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new WordException(
                        "Syntax error - can't find = in "
                                + GoText.quote(word)
                                + ". Must be of the form: name=value",
                        "put a value with spaces in double quotes",
                        word);
            }
            triples.add(word.substring(0, equals));
            triples.add(word.substring(equals + 1));
            triples.add("=");
        }
        return triples;
    }

    /// Words separated by spaces; quotes and escapes join and stay.
    private List<String> words(String rest) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        char quote = 0;
        boolean started = false;
        int i = 0;
        while (i < rest.length()) {
            char c = rest.charAt(i++);
            if (quote == 0 && GoText.isSpace(c)) {
                if (started) {
                    words.add(word.toString());
                }
                word.setLength(0);
                started = false;
                continue;
            }
            if (c == escape && quote != '\'') {
                if (i == rest.length()) {
                    break;
                }
                word.append(c);
                c = rest.charAt(i++);
                word.append(c);
                // The escaped half of a pair takes its other half along by itself in the next
                // round.
                started = true;
                continue;
            }
            if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            }
            word.append(c);
            started = true;
        }
        if (started) {
            words.add(word.toString());
        }
        return words;
    }
}
