package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import java.util.ArrayList;
import java.util.List;

/// Joins the physical lines of a source to logical ones: without comments, continued lines as
/// one, heredocs apart. Also honours the `escape` directive on the way.
final class LogicalLines {
    private final Source source;
    private final DirectiveScanner directives = new DirectiveScanner("#");
    private final List<Integer> emptyContinuations = new ArrayList<>();
    private char escape = '\\';
    private int lineNumber;

    private LogicalLines(Source source) {
        this.source = source;
    }

    /// One instruction, split but not understood.
    ///
    /// @param comments the comment lines right above, without their marks
    record Line(LineNode node, SourceRange range, List<String> comments, List<Heredoc> heredocs) {
        Origin origin() {
            return new Origin(range, node.keyword(), GoText.trim(node.line()), comments);
        }

        /// The same, said to stand somewhere else.
        Line at(SourceRange place) {
            return new Line(node, place, comments, heredocs);
        }
    }

    /// @param emptyContinuations the last lines of the instructions that have empty
    ///     continuation lines
    record All(List<Line> lines, char escape, List<Integer> emptyContinuations) {}

    static All read(Source source) throws DockerfileException {
        LogicalLines reader = new LogicalLines(source);
        List<Line> lines = reader.all();
        if (lines.isEmpty()) {
            throw new DockerfileException(
                    source,
                    null,
                    new WordException(
                            "file with no instructions", "write at least a FROM instruction", ""));
        }
        return new All(lines, reader.escape, List.copyOf(reader.emptyContinuations));
    }

    private List<Line> all() throws DockerfileException {
        if (source.overlongLine() > 0) {
            throw Problems.at(
                    source,
                    new SourceRange(source.overlongLine(), source.overlongLine()),
                    new WordException(
                            "dockerfile line greater than max allowed size of 65535",
                            "break the line with a backslash, or put the text in a file",
                            ""));
        }
        List<Line> lines = new ArrayList<>();
        List<String> comments = new ArrayList<>();
        while (lineNumber < source.lineCount()) {
            String physical = nextLine();
            if (isComment(physical)) {
                comment(physical, comments);
                continue;
            }
            String start = GoText.trimStart(physical);
            endDirectives(start);
            if (start.isEmpty()) {
                continue;
            }
            lines.add(instruction(start, List.copyOf(comments)));
            comments.clear();
        }
        return lines;
    }

    private String nextLine() {
        String line = source.line(++lineNumber);
        return lineNumber == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
    }

    private static boolean isComment(String line) {
        return GoText.trimStart(line).startsWith("#");
    }

    private void comment(String physical, List<String> comments) throws DockerfileException {
        try {
            var directive = directives.line(GoText.trimStart(physical));
            if (directive.isPresent()) {
                if (directive.get().name().equals("escape")) {
                    escape = escape(directive.get().value());
                }
                return;
            }
        } catch (WordException e) {
            throw Problems.at(source, new SourceRange(lineNumber, lineNumber), e);
        }
        // As in the reference, the mark is the line's first character even if the line is indented.
        String text = GoText.trim(physical.substring(1));
        if (text.isEmpty()) {
            comments.clear();
        } else {
            comments.add(text);
        }
    }

    private static char escape(String value) throws WordException {
        if (!value.equals("\\") && !value.equals("`")) {
            throw new WordException(
                    "invalid escape token '" + value + "' does not match ` or \\",
                    "write # escape=` or # escape=\\",
                    value);
        }
        return value.charAt(0);
    }

    private void endDirectives(String line) throws DockerfileException {
        try {
            directives.line(line);
        } catch (WordException e) {
            throw Problems.at(source, new SourceRange(lineNumber, lineNumber), e);
        }
    }

    private Line instruction(String start, List<String> comments) throws DockerfileException {
        int first = lineNumber;
        StringBuilder joined = new StringBuilder();
        boolean continues = append(joined, start);
        boolean empty = false;
        while (continues && lineNumber < source.lineCount()) {
            String next = nextLine();
            if (isComment(next)) {
                continue;
            }
            if (GoText.trimStart(next).isEmpty()) {
                empty = true;
                continue;
            }
            continues = append(joined, next);
        }
        if (empty) {
            emptyContinuations.add(lineNumber);
        }
        try {
            LineNode node = new LineParser(escape).parse(joined.toString());
            List<Heredoc> heredocs = heredocs(node);
            return new Line(node, new SourceRange(first, lineNumber), comments, heredocs);
        } catch (WordException e) {
            throw Problems.at(source, new SourceRange(first, lineNumber), e);
        }
    }

    /// Adds a line without its continuation mark; whether it had one. An escaped mark is none.
    private boolean append(StringBuilder joined, String line) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
        }
        boolean marked = end > 0 && line.charAt(end - 1) == escape;
        if (!marked || (end > 1 && line.charAt(end - 2) == escape)) {
            joined.append(line);
            return false;
        }
        joined.append(line, 0, end - 1);
        return true;
    }

    private List<Heredoc> heredocs(LineNode node) throws WordException {
        List<Heredoc> heredocs = new ArrayList<>();
        if (!node.takesHeredocs() || !node.line().contains("<<")) {
            return heredocs;
        }
        for (HeredocWord word : HeredocWord.in(node.line())) {
            heredocs.add(word.with(body(word)));
        }
        return heredocs;
    }

    private String body(HeredocWord word) throws WordException {
        StringBuilder content = new StringBuilder();
        while (lineNumber < source.lineCount()) {
            String line = nextLine();
            int tabs = 0;
            while (word.chomp() && tabs < line.length() && line.charAt(tabs) == '\t') {
                tabs++;
            }
            if (line.substring(tabs).equals(word.name())) {
                return content.toString();
            }
            content.append(source.lineWithEnd(lineNumber));
        }
        throw new WordException(
                "unterminated heredoc", "add a line with nothing but " + word.name(), "<<");
    }
}
