package dev.jbuild.builder;

import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.oci.ImageReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What to build.
///
/// @param context the directory that COPY and ADD read
/// @param dockerfile empty = `Dockerfile` in the context
/// @param names what to call the image
public record BuildRequest(
        Path context,
        Optional<Path> dockerfile,
        List<ImageReference> names,
        PlanRequest plan,
        SolveOptions options) {
    public BuildRequest {
        names = List.copyOf(names);
    }
}
