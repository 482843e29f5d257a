package dev.jbuild.builder.plan;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Platform;
import java.util.List;
import java.util.Optional;

/// A stage that the target needs.
///
/// @param index its place in the Dockerfile, from 0
/// @param label its name, or its index if it has none
/// @param config what the stage's image is configured with, after all steps
public record PlannedStage(
        int index,
        String label,
        Base base,
        List<Step> steps,
        ContainerConfig config,
        Optional<String> author,
        Platform platform) {
    public PlannedStage {
        steps = List.copyOf(steps);
    }
}
