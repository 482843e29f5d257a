package dev.jbuild.dockerfile;

import java.util.Map;

/// Expands the variables of a word, as in `${version:-1.0}`, and removes its quotes
/// (https://docs.docker.com/reference/dockerfile/#environment-replacement).
///
/// A value, safe for use by many threads.
///
/// @param escape the character that takes the meaning from the next one: a backslash or a
///     backtick, as the file's `escape` directive says
public record WordExpander(char escape) {

    /// Expands a word. A variable that isn't in the environment is empty, unless the word says
    /// otherwise; one that is in it with an empty value counts as set.
    public Expansion expand(String word, Map<String, String> environment) throws WordException {
        return new WordLexer(word, escape, environment, WordLexer.Mode.WORD).run();
    }

    /// Expands the body of a heredoc: quotes mean nothing there, and the escape is always a
    /// backslash.
    public static Expansion expandHeredoc(String body, Map<String, String> environment)
            throws WordException {
        return new WordLexer(body, '\\', environment, WordLexer.Mode.HEREDOC).run();
    }
}
