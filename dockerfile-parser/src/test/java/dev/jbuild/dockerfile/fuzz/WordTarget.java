package dev.jbuild.dockerfile.fuzz;

import dev.jbuild.dockerfile.Expansion;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.WordExpander;
import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.util.Collections;
import java.util.Map;

/// The expansion of a word. The first byte chooses the escape character, the rest is the word.
public final class WordTarget {
    private static final Map<String, String> ENVIRONMENT =
            Map.of("A", "aab", "B", "a*b\nc", "C", "", "D", "two words", "é", "😀");
    private static final String MARKS = "\\`$'\"<\uFEFF";

    private WordTarget() {}

    /// Called by the fuzzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        Property.endsSoon(() -> read(bytes));
    }

    private static void read(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        char escape = bytes[0] == '`' ? '`' : '\\';
        String word = LosslessUtf8.decode(bytes, 1, bytes.length);
        try {
            Expansion expansion = new WordExpander(escape).expand(word, ENVIRONMENT);
            Property.same(
                    expansion,
                    new WordExpander(escape).expand(word, ENVIRONMENT),
                    "a word expands to the same text each time");
            expanded(word, expansion);
        } catch (WordException e) {
            Property.holds(!e.problem().isEmpty(), "an error says what is wrong");
        }
        try {
            names(WordExpander.expandHeredoc(word, ENVIRONMENT));
        } catch (WordException e) {
            Property.holds(!e.problem().isEmpty(), "an error says what is wrong");
        }
    }

    private static void expanded(String word, Expansion expansion) {
        names(expansion);
        if (word.chars().noneMatch(c -> MARKS.indexOf(c) >= 0)) {
            Property.same(word, expansion.text(), "a word without marks stays as it is");
            for (String part : expansion.words()) {
                Property.holds(
                        part.chars().noneMatch(GoText::isSpace), "unquoted words have no spaces");
            }
        }
        int joined = expansion.words().stream().mapToInt(String::length).sum();
        Property.holds(joined <= expansion.text().length(), "words are parts of the text");
        Property.holds(!expansion.words().contains(""), "no word is empty");
    }

    private static void names(Expansion expansion) {
        Property.holds(ENVIRONMENT.keySet().containsAll(expansion.used()), "what is used is there");
        Property.holds(
                Collections.disjoint(ENVIRONMENT.keySet(), expansion.undefined()),
                "what is undefined isn't there");
    }
}
