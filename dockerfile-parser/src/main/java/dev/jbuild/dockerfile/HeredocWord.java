package dev.jbuild.dockerfile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The word that announces a heredoc: `<<EOF`, `<<-EOF`, `3<<"EOF"`.
record HeredocWord(int fileDescriptor, boolean chomp, String name, boolean expand) {

    /// All those of a line, in order. A line whose quotes don't match announces none.
    static List<HeredocWord> in(String line) throws WordException {
        List<HeredocWord> found = new ArrayList<>();
        for (String word : words(line)) {
            parse(word).ifPresent(found::add);
        }
        return found;
    }

    private static List<String> words(String line) {
        try {
            return lex(line, WordLexer.Mode.LINE);
        } catch (WordException e) {
            // The shell will complain about the quotes, or not: they are its business.
            return List.of();
        }
    }

    /// The heredoc that a word announces, if it does.
    static Optional<HeredocWord> parse(String word) throws WordException {
        int i = 0;
        while (i < word.length() && word.charAt(i) >= '0' && word.charAt(i) <= '9') {
            i++;
        }
        if (!word.startsWith("<<", i)) {
            return Optional.empty();
        }
        int descriptor = i == 0 || i > 9 ? 0 : Integer.parseInt(word.substring(0, i));
        i += 2;
        boolean chomp = word.startsWith("-", i);
        if (chomp) {
            i++;
        }
        while (i < word.length() && "\t\n\f\r ".indexOf(word.charAt(i)) >= 0) {
            i++;
        }
        String rest = word.substring(i);
        if (rest.isEmpty() || rest.indexOf('<') >= 0) {
            return Optional.empty();
        }
        List<String> names = lex(rest, WordLexer.Mode.TERMINATOR);
        if (names.size() != 1) {
            return Optional.empty();
        }
        List<String> raw = lex(rest, WordLexer.Mode.RAW_TERMINATOR);
        boolean expand = raw.size() == 1 && quotes(names.getFirst()) == quotes(raw.getFirst());
        return Optional.of(new HeredocWord(descriptor, chomp, names.getFirst(), expand));
    }

    /// As [#parse], for a word that need not be one.
    static Optional<HeredocWord> tryParse(String word) {
        try {
            return parse(word);
        } catch (WordException e) {
            return Optional.empty();
        }
    }

    Heredoc with(String content) {
        return new Heredoc(name, content, expand, chomp, fileDescriptor);
    }

    private static List<String> lex(String text, WordLexer.Mode mode) throws WordException {
        return new WordLexer(text, '\\', Map.of(), mode).run().words();
    }

    private static long quotes(String s) {
        return s.chars().filter(c -> c == '\'' || c == '"').count();
    }
}
