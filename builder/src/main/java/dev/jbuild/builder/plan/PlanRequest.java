package dev.jbuild.builder.plan;

import dev.jbuild.oci.Platform;
import java.util.Map;
import java.util.Optional;

/// What the user decides about a build's plan.
///
/// @param target the stage to build; the last one if empty
/// @param buildArgs values for ARG, by name
/// @param labels added to the image
/// @param platform what the image is for
public record PlanRequest(
        Optional<String> target,
        Map<String, String> buildArgs,
        Map<String, String> labels,
        Platform platform) {
    public PlanRequest {
        buildArgs = Map.copyOf(buildArgs);
        labels = Map.copyOf(labels);
    }
}
