package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Dockerfile;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Stage;
import dev.jbuild.dockerfile.text.GoText;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The checks of the names of stages and instructions.
final class StageNameChecks {
    private static final Set<String> RESERVED = Set.of("context", "scratch");

    private StageNameChecks() {}

    static void run(Dockerfile file, FindingCollector findings) {
        Set<String> names = new HashSet<>();
        for (Stage stage : file.stages()) {
            stage.name().ifPresent(name -> name(stage, name, names, findings));
        }
        casing(
                file.stages().stream()
                        .flatMap(
                                s ->
                                        Stream.concat(
                                                Stream.<Instruction>of(s.from()),
                                                s.instructions().stream()))
                        .toList(),
                findings);
    }

    private static void name(
            Stage stage, String name, Set<String> names, FindingCollector findings) {
        if (RESERVED.contains(name)) {
            findings.report(
                    Rule.RESERVED_STAGE_NAME,
                    stage.from(),
                    "Stage name should not use the same name as reserved stage "
                            + GoText.quote(name));
        }
        if (!names.add(name)) {
            findings.report(
                    Rule.DUPLICATE_STAGE_NAME,
                    stage.from(),
                    "Duplicate stage name "
                            + GoText.quote(name)
                            + ", stage names should be unique");
        }
    }

    private static void casing(List<Instruction> instructions, FindingCollector findings) {
        long lower = instructions.stream().filter(i -> isLower(keyword(i))).count();
        long upper = instructions.stream().filter(i -> isUpper(keyword(i))).count();
        boolean majorityLower = lower > upper;
        for (Instruction instruction : instructions) {
            String keyword = keyword(instruction);
            if (majorityLower ? !isLower(keyword) : !isUpper(keyword)) {
                findings.report(
                        Rule.CONSISTENT_INSTRUCTION_CASING,
                        instruction,
                        "Command '"
                                + keyword
                                + "' should match the case of the command majority ("
                                + (majorityLower ? "lowercase" : "uppercase")
                                + ")");
            }
        }
    }

    private static String keyword(Instruction instruction) {
        return instruction.origin().keyword();
    }

    private static boolean isLower(String word) {
        return word.equals(GoText.lower(word));
    }

    private static boolean isUpper(String word) {
        return word.equals(GoText.upper(word));
    }
}
