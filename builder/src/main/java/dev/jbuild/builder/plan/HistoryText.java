package dev.jbuild.builder.plan;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What an image's history says of each instruction, in the words docker uses.
final class HistoryText {
    private static final String SUFFIX = " # buildkit";

    private HistoryText() {}

    /// @param args the build arguments in scope, in the order they were declared
    static String run(List<String> command, Map<String, String> args) {
        StringBuilder text = new StringBuilder("RUN ");
        if (!args.isEmpty()) {
            text.append('|').append(args.size()).append(' ');
            args.forEach((name, value) -> text.append(name).append('=').append(value).append(' '));
        }
        return text.append(String.join(" ", command)).append(SUFFIX).toString();
    }

    static String copy(
            String instruction,
            boolean parents,
            Optional<String> chown,
            Optional<String> chmod,
            Collection<String> sources,
            String destination) {
        StringBuilder text = new StringBuilder(instruction);
        if (parents) {
            text.append(" --parents");
        }
        chown.ifPresent(owner -> text.append(" --chown=").append(owner));
        chmod.ifPresent(mode -> text.append(" --chmod=").append(mode));
        sources.forEach(source -> text.append(' ').append(source));
        return text.append(' ').append(destination).append(SUFFIX).toString();
    }

    static String assignments(String instruction, Map<String, String> values) {
        StringBuilder text = new StringBuilder(instruction);
        values.forEach((name, value) -> text.append(' ').append(name).append('=').append(value));
        return text.toString();
    }

    /// `CMD ["a" "b"]`: docker prints the list as Go does.
    static String quoted(String instruction, List<String> words) {
        StringBuilder text = new StringBuilder(instruction).append(" [");
        for (int i = 0; i < words.size(); i++) {
            text.append(i == 0 ? "" : " ").append(quote(words.get(i)));
        }
        return text.append(']').toString();
    }

    static String list(String instruction, Collection<String> words) {
        return instruction + " [" + String.join(" ", words) + "]";
    }

    private static String quote(String word) {
        StringBuilder quoted = new StringBuilder("\"");
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                case '\t' -> quoted.append("\\t");
                case '\r' -> quoted.append("\\r");
                default -> quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
