package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.DockerfileException;
import java.util.List;
import java.util.Optional;

/// What the checks found.
///
/// @param findings in the order of their lines, those of one line in the order of the rules
/// @param error what makes the file unusable; the findings are those before it
/// @param failing whether findings are a failure, because `error=true` says so
/// @param notes what is odd about the settings themselves, such as a rule that doesn't exist
public record CheckReport(
        List<Finding> findings,
        Optional<DockerfileException> error,
        boolean failing,
        List<String> notes) {
    public CheckReport {
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

    /// Whether whoever asked should be told no: the file is unusable, or there are findings and
    /// they are a failure.
    public boolean isFailure() {
        return error.isPresent() || (failing && !findings.isEmpty());
    }

    /// For a failure because of findings, the sentence that says so.
    public Optional<String> failure() {
        return failing ? violations() : Optional.empty();
    }

    /// The rules that findings are of, as the sentence of a failure; empty if there are none.
    public Optional<String> violations() {
        if (findings.isEmpty()) {
            return Optional.empty();
        }
        List<String> rules =
                findings.stream().map(f -> f.rule().ruleName()).distinct().sorted().toList();
        return Optional.of("lint violation found for rules: " + String.join(", ", rules));
    }
}
