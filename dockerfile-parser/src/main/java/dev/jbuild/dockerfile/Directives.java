package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The parser directives at the top of a file
/// (https://docs.docker.com/reference/dockerfile/#parser-directives).
///
/// @param syntax the frontend's image, up to the first space; also from `// syntax=` and
///     `{"syntax": "…"}`
/// @param escape a backslash or a backtick
/// @param check the checks' settings, up to the first space, as in `skip=all;error=true`
public record Directives(Optional<Directive> syntax, char escape, Optional<Directive> check) {
    private static final Pattern JSON_SYNTAX =
            Pattern.compile("\\s*\\{\\s*\"syntax\"\\s*:\\s*\"([^\"\\\\]*)\"");

    /// @param value what stands after `=`
    /// @param line counted from 1
    public record Directive(String value, int line) {}

    /// The settings in a comment such as `check=skip=all` above an instruction, up to the first
    /// space.
    ///
    /// @param comment without its mark
    public static Optional<String> checkIn(String comment) {
        return DirectiveScanner.assignment(comment)
                .filter(found -> found.name().equals("check"))
                .map(found -> untilSpace(found.value()));
    }

    static Directives of(Source source, char escape) {
        Optional<Directive> syntax = find(source, "#", "syntax");
        if (syntax.isEmpty()) {
            syntax = find(source, "//", "syntax");
        }
        if (syntax.isEmpty() && source.lineCount() > 0) {
            Matcher m = JSON_SYNTAX.matcher(withoutMark(source.line(1)));
            syntax = m.lookingAt() ? Optional.of(new Directive(m.group(1), 1)) : Optional.empty();
        }
        return new Directives(syntax, escape, find(source, "#", "check"));
    }

    /// Here, unlike for `escape`, a first line that starts with `#!` is passed over.
    private static Optional<Directive> find(Source source, String prefix, String name) {
        DirectiveScanner scanner = new DirectiveScanner(prefix);
        for (int number = 1; number <= source.lineCount(); number++) {
            String line = source.line(number);
            if (number == 1) {
                line = withoutMark(line);
                if (line.startsWith("#!")) {
                    continue;
                }
            }
            try {
                Optional<DirectiveScanner.Found> found = scanner.line(GoText.trimStart(line));
                if (found.isEmpty()) {
                    return Optional.empty();
                }
                if (found.get().name().equals(name)) {
                    return Optional.of(new Directive(untilSpace(found.get().value()), number));
                }
            } catch (WordException e) {
                // A duplicate: reading the file refuses it, if it counts there.
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static String untilSpace(String value) {
        int space = value.indexOf(' ');
        return space < 0 ? value : value.substring(0, space);
    }

    private static String withoutMark(String line) {
        return line.startsWith("\uFEFF") ? line.substring(1) : line;
    }
}
