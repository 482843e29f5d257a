package dev.jbuild.builder.plan;

import java.util.List;

/// What a build does.
///
/// @param stages those that the target needs, each after what it needs; the target is the last
/// @param warnings what the user should know before anything runs
public record BuildPlan(List<PlannedStage> stages, List<String> warnings) {
    public BuildPlan {
        stages = List.copyOf(stages);
        warnings = List.copyOf(warnings);
    }

    public PlannedStage target() {
        return stages.getLast();
    }

    /// The stage of that index in the Dockerfile.
    public PlannedStage stage(int index) {
        return stages.stream()
                .filter(stage -> stage.index() == index)
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("stage " + index + " is not planned"));
    }
}
