package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.Directives;
import dev.jbuild.dockerfile.Instruction;
import dev.jbuild.dockerfile.Origin;
import dev.jbuild.dockerfile.SourceRange;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.text.Suggestion;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps the findings that the settings allow. Not for use by more than one thread.
final class FindingCollector {
    private final CheckSettings settings;
    private final List<Finding> findings = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();

    FindingCollector(CheckSettings settings) {
        this.settings = settings;
        note(settings);
    }

    /// Reports something about an instruction; a `# check=` in the comments above it counts.
    void report(Rule rule, Instruction instruction, String detail) {
        report(rule, instruction.origin(), detail);
    }

    void report(Rule rule, Origin origin, String detail) {
        if (settings.mergedWith(settingsAbove(origin)).allows(rule)) {
            findings.add(new Finding(rule, detail, origin.range()));
        }
    }

    /// Reports something about an instruction that another one brought to light.
    void report(Rule rule, Instruction place, Instruction cause, String detail) {
        CheckSettings merged =
                settings.mergedWith(settingsAbove(place.origin()))
                        .mergedWith(settingsAbove(cause.origin()));
        if (merged.allows(rule)) {
            findings.add(new Finding(rule, detail, place.range()));
        }
    }

    void report(Rule rule, SourceRange range, String detail) {
        if (settings.allows(rule)) {
            findings.add(new Finding(rule, detail, range));
        }
    }

    /// The first `check=` in the comments right above; one that can't be read counts as none.
    private CheckSettings settingsAbove(Origin origin) {
        for (String comment : origin.comments()) {
            Optional<String> check = Directives.checkIn(comment);
            if (check.isPresent()) {
                try {
                    CheckSettings found = CheckSettings.parse(check.get());
                    note(found);
                    return found;
                } catch (WordException e) {
                    notes.add(e.getMessage());
                    return CheckSettings.DEFAULT;
                }
            }
        }
        return CheckSettings.DEFAULT;
    }

    private void note(CheckSettings used) {
        Set<String> names = new LinkedHashSet<>(used.skipped());
        names.addAll(used.experimental());
        for (String name : names.stream().sorted().toList()) {
            if (Rule.named(name).isEmpty()) {
                notes.add(
                        "there is no check '"
                                + name
                                + "'"
                                + Suggestion.suffix(Rule.suggestion(name)));
            }
        }
    }

    List<Finding> findings() {
        return findings.stream()
                .sorted(
                        Comparator.comparingInt((Finding f) -> f.range().firstLine())
                                .thenComparing(Finding::rule)
                                .thenComparing(Finding::detail))
                .toList();
    }

    List<String> notes() {
        return List.copyOf(notes);
    }
}
