package dev.jbuild.dockerfile;

import dev.jbuild.dockerfile.text.GoText;
import dev.jbuild.dockerfile.text.LosslessUtf8;
import java.util.ArrayList;
import java.util.List;

/// The parse tree as text, byte for byte as the dump of BuildKit's parser: one instruction a
/// line, as in `(copy ["--from=build"] "a" "b")`. A stable form to compare parsers by.
///
/// Needs only lines that can be split: instructions that don't exist, or whose arguments mean
/// nothing, are dumped too.
public final class AstDump {
    private AstDump() {}

    /// @return the dump, with no line end after the last line
    /// @throws DockerfileException if the lines can't be split
    public static String of(Source source) throws DockerfileException {
        LogicalLines.All all = LogicalLines.read(source);
        List<String> lines = new ArrayList<>();
        for (LogicalLines.Line line : all.lines()) {
            lines.add("(" + dump(node(line.node(), all.escape())) + ")");
        }
        return GoText.trim(String.join("\n", lines));
    }

    /// The node as BuildKit splits it: it finds the flags of a line byte by byte, so that one
    /// with other characters than ASCII in it comes out different. Everybody else uses the
    /// right one.
    private static LineNode node(LineNode node, char escape) {
        boolean ascii = node.line().chars().allMatch(c -> c < 0x80);
        if (ascii || !node.line().contains("--")) {
            return node;
        }
        try {
            return new LineParser(escape, LineParser.FlagBytes.LATIN1).parse(node.line());
        } catch (WordException e) {
            return node;
        }
    }

    private static String dump(LineNode node) {
        StringBuilder out = new StringBuilder();
        LineNode at = node;
        int open = 0;
        while (at != null) {
            head(out, at);
            at = at.child();
            if (at != null) {
                out.append(" (");
                open++;
            }
        }
        return out.append(")".repeat(open)).toString();
    }

    /// The words of these instructions BuildKit reads character by character, and a byte that is
    /// none becomes U+FFFD.
    private static List<String> arguments(LineNode node) {
        boolean words =
                switch (Keyword.of(node.keyword()).orElse(Keyword.RUN)) {
                    case ARG -> true;
                    case ENV, LABEL ->
                            node.arguments().size() > 2 && !node.arguments().get(2).isEmpty();
                    default -> false;
                };
        return words
                ? node.arguments().stream().map(LosslessUtf8::replaced).toList()
                : node.arguments();
    }

    private static void head(StringBuilder out, LineNode node) {
        StringBuilder text = new StringBuilder(GoText.lower(LosslessUtf8.replaced(node.keyword())));
        if (!node.flags().isEmpty()) {
            List<String> flags = node.flags().stream().map(GoText::quote).toList();
            text.append(" [").append(String.join(" ", flags)).append(']');
        }
        for (String argument : arguments(node)) {
            text.append(' ').append(GoText.quote(argument));
        }
        out.append(GoText.trim(text.toString()));
    }
}
