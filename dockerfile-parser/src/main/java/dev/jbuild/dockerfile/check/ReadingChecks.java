package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Origin;
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
                maintainer(instruction.origin(), findings);
            }
        }
        reading.unread().ifPresent(unread -> unread(unread, findings));
    }

    private static void maintainer(Origin origin, FindingCollector findings) {
        findings.report(
                Rule.MAINTAINER_DEPRECATED,
                origin,
                "Maintainer instruction is deprecated in favor of using label");
    }

    /// What is said of an instruction before its arguments are looked at.
    private static void unread(Reading.Unread unread, FindingCollector findings) {
        switch (GoText.upper(unread.origin().keyword())) {
            case "MAINTAINER" -> maintainer(unread.origin(), findings);
            case "FROM" -> casing(unread.origin(), unread.arguments(), findings);
            default -> {}
        }
    }

    private static void from(Instruction.From from, FindingCollector findings) {
        if (from.stageName().isEmpty()) {
            return;
        }
        List<String> words = GoText.splitAtBlanks(from.origin().text(), Integer.MAX_VALUE);
        casing(from.origin(), words.subList(words.size() - 3, words.size()), findings);
        description(from, "FROM", List.of(from.stageName().get()), findings);
    }

    /// @param arguments of FROM; whatever they are, the second is taken for `AS`
    private static void casing(Origin origin, List<String> arguments, FindingCollector findings) {
        if (arguments.size() < 3) {
            return;
        }
        String name = arguments.get(2);
        if (arguments.size() == 3 && !name.equals(GoText.lower(name))) {
            findings.report(
                    Rule.STAGE_NAME_CASING,
                    origin,
                    "Stage name '" + name + "' should be lowercase");
        }
        String as = arguments.get(1);
        String keyword = origin.keyword();
        boolean lower = keyword.equals(GoText.lower(keyword));
        boolean upper = keyword.equals(GoText.upper(keyword));
        boolean matches = as.equals(lower ? GoText.lower(as) : GoText.upper(as));
        // Mixed case is another check's business.
        if ((lower || upper) && !matches) {
            findings.report(
                    Rule.FROM_AS_CASING,
                    origin,
                    "'" + as + "' and '" + keyword + "' keywords' casing do not match");
        }
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
