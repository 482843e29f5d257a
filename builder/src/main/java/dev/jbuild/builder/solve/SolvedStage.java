package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.PlannedStage;
import dev.jbuild.oci.History;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A stage whose steps so far were all executed or known.
///
/// @param history of the base and of this stage's own steps
/// @param epoch the time of the newest input so far, or SOURCE_DATE_EPOCH: what the clock is to the
///     build's results
public record SolvedStage(
        PlannedStage stage, FileSystemState files, List<History> history, Instant epoch) {
    private static final String COMMENT = "buildkit.dockerfile.v0";

    public SolvedStage {
        history = List.copyOf(history);
    }

    /// The same after one more step.
    SolvedStage plus(String createdBy, StepResult result) {
        List<History> more = new ArrayList<>(history);
        more.add(
                new History(
                        Optional.of(result.epoch()),
                        Optional.of(createdBy),
                        Optional.empty(),
                        Optional.of(COMMENT),
                        result.layer().isEmpty()));
        FileSystemState after = result.layer().map(files::plus).orElse(files);
        return new SolvedStage(stage, after, more, result.epoch());
    }
}
