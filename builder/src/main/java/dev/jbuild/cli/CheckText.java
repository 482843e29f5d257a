package dev.jbuild.cli;

import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.Finding;
import dev.jbuild.dockerfile.check.Outline;
import dev.jbuild.dockerfile.check.Target;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// For people.
record CheckText(Source source, PrintStream out) implements CheckPrinter {

    /// A finding in one line, `FILE:LINE: warning: RULE: what`.
    static String line(Source source, Finding finding) {
        return Source.printable(
                source.name()
                        + ":"
                        + finding.range().firstLine()
                        + ": warning: "
                        + finding.rule().ruleName()
                        + ": "
                        + finding.detail());
    }

    @Override
    public void report(CheckReport report) {
        for (Finding finding : report.findings()) {
            out.println(line(source, finding));
            out.println(source.excerpt(finding.range()));
            out.println("     = " + finding.rule().description());
            out.println("     = " + finding.rule().url());
            out.println();
        }
        int count = report.findings().size();
        if (report.error().isEmpty()) {
            out.println(
                    source.name()
                            + ": "
                            + (count == 0
                                    ? "no warnings"
                                    : count == 1 ? "1 warning" : count + " warnings"));
        }
    }

    @Override
    public void outline(Outline outline) {
        List<List<String>> head = new ArrayList<>();
        head.add(List.of("TARGET:", outline.name().orElse("(default)")));
        outline.description().ifPresent(text -> head.add(List.of("DESCRIPTION:", text)));
        print(head);
        section(
                List.of("BUILD ARG", "VALUE", "DESCRIPTION"),
                outline.arguments().stream()
                        .map(
                                argument ->
                                        List.of(
                                                argument.name(),
                                                argument.value().orElse(""),
                                                argument.description().orElse("")))
                        .toList());
        needs("SECRET", outline.secrets());
        needs("SSH", outline.sshAgents());
        section(
                List.of("CACHE MOUNT"),
                outline.caches().stream().map(cache -> List.of(cache.name())).toList());
    }

    private void needs(String title, List<Outline.Need> needs) {
        section(
                List.of(title, "REQUIRED"),
                needs.stream()
                        .map(need -> List.of(need.name(), need.required() ? "yes" : "no"))
                        .toList());
    }

    private void section(List<String> titles, List<List<String>> rows) {
        if (rows.isEmpty()) {
            return;
        }
        List<List<String>> table = new ArrayList<>();
        table.add(titles);
        table.addAll(rows);
        out.println();
        print(table);
    }

    @Override
    public void targets(List<Target> targets) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("TARGET", "BASE", "DESCRIPTION"));
        for (Target target : targets) {
            String name = target.name().orElse("");
            String shown =
                    target.isDefault()
                            ? (name.isEmpty() ? "(default)" : name + " (default)")
                            : name;
            rows.add(
                    List.of(
                            shown.isEmpty() ? "-" : shown,
                            target.base(),
                            target.description().orElse("")));
        }
        print(rows);
    }

    private void print(List<List<String>> rows) {
        Table.print(
                rows.stream().map(row -> row.stream().map(Source::printable).toList()).toList(),
                out);
    }
}
