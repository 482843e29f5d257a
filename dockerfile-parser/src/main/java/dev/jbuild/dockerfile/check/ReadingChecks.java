package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Reading;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.text.GoText;
import java.util.List;

/// The checks of single instructions as written, which need no whole file.
final class ReadingChecks {
    private ReadingChecks() {}

    static void run(Reading reading, FindingCollector findings) {
        for (int line : reading.emptyContinuations()) {
            findings.report(
                    Rule.NO_EMPTY_CONTINUATION,
                    new SourceRange(line, line),
                    "Empty continuation line");
        }
        for (Instruction instruction : reading.instructions()) {
            if (instruction instanceof Instruction.From from) {
                from(from, findings);
            }
            if (instruction instanceof Instruction.Arg arg) {
                List<String> keys = arg.arguments().stream().map(d -> d.key()).toList();
                description(arg, "ARG", keys, findings);
            }
            if (instruction instanceof Instruction.Maintainer) {
                findings.report(
                        Rule.MAINTAINER_DEPRECATED,
                        instruction,
                        "Maintainer instruction is deprecated in favor of using label");
            }
        }
    }

    private static void from(Instruction.From from, FindingCollector findings) {
        if (from.stageName().isEmpty()) {
            return;
        }
        List<String> words = GoText.splitAtBlanks(from.origin().text(), Integer.MAX_VALUE);
        String name = words.getLast();
        String as = words.get(words.size() - 2);
        if (!name.equals(GoText.lower(name))) {
            findings.report(
                    Rule.STAGE_NAME_CASING, from, "Stage name '" + name + "' should be lowercase");
        }
        String keyword = from.origin().keyword();
        boolean lower = keyword.equals(GoText.lower(keyword));
        boolean upper = keyword.equals(GoText.upper(keyword));
        boolean matches = as.equals(lower ? GoText.lower(as) : GoText.upper(as));
        // Mixed case is another check's business.
        if ((lower || upper) && !matches) {
            findings.report(
                    Rule.FROM_AS_CASING,
                    from,
                    "'" + as + "' and '" + keyword + "' keywords' casing do not match");
        }
        description(from, "FROM", List.of(from.stageName().get()), findings);
    }

    private static void description(
            Instruction instruction, String name, List<String> keys, FindingCollector findings) {
        List<String> comments = instruction.origin().comments();
        if (comments.isEmpty()) {
            return;
        }
        String last = comments.getLast();
        int space = last.indexOf(' ');
        if (keys.contains(space < 0 ? last : last.substring(0, space))) {
            return;
        }
        String example = keys.size() == 1 ? keys.getFirst() : "<arg_key>";
        findings.report(
                Rule.INVALID_DEFINITION_DESCRIPTION,
                instruction,
                "Comment for "
                        + name
                        + " should follow the format: `# "
                        + example
                        + " <description>`");
    }
}
