package dev.jbuild.builder.solve;

import dev.jbuild.builder.plan.Base;
import dev.jbuild.builder.plan.BuildPlan;
import dev.jbuild.builder.plan.CopyFrom;
import dev.jbuild.builder.plan.PlannedStage;
import dev.jbuild.builder.plan.Step;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which files of a build some later step has to see on disk: a command that runs among them, or a
/// copy from them.
final class MountedStages {
    private final Set<Integer> whenDone = new HashSet<>();

    MountedStages(BuildPlan plan) {
        // from the last on: who starts from a stage, or copies from it, comes after it
        for (PlannedStage stage : plan.stages().reversed()) {
            boolean mounted = whenDone.contains(stage.index());
            for (Step step : stage.steps()) {
                if (step instanceof Step.CopyFiles copy
                        && copy.from() instanceof CopyFrom.Stage from) {
                    whenDone.add(from.stage());
                }
                mounted |= step instanceof Step.RunCommand;
            }
            if (mounted && stage.base() instanceof Base.Stage below) {
                whenDone.add(below.stage());
            }
        }
    }

    /// Whether the files as they are after a step are needed.
    boolean after(PlannedStage stage, Step step) {
        if (whenDone.contains(stage.index())) {
            return true;
        }
        List<Step> later =
                stage.steps().subList(stage.steps().indexOf(step) + 1, stage.steps().size());
        return later.stream().anyMatch(Step.RunCommand.class::isInstance);
    }
}
