package dev.jbuild.builder;

import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.oci.ImageReference;
import java.nio.file.Path;
import java.util.List;

/// What to build.
///
/// @param context the directory that COPY and ADD read
/// @param names what to call the image
public record BuildRequest(
        Path context,
        DockerfilePlace dockerfile,
        List<ImageReference> names,
        PlanRequest plan,
        SolveOptions options) {
    public BuildRequest {
        names = List.copyOf(names);
    }
}
