package dev.jbuild.builder;

import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.dockerfile.DockerIgnore;
import dev.jbuild.dockerfile.Reading;
import dev.jbuild.dockerfile.WordException;
import dev.jbuild.dockerfile.check.BaseImages;
import dev.jbuild.dockerfile.check.BuildChecks;
import dev.jbuild.dockerfile.check.CheckReport;
import dev.jbuild.dockerfile.check.CheckRequest;
import dev.jbuild.dockerfile.check.CheckSettings;
import dev.jbuild.oci.Platform;
import java.util.Optional;

/// The build checks under the circumstances of a build.
public final class DockerfileCheck {
    /// The build argument that replaces what the file says with `# check=`.
    public static final String SETTINGS = "BUILDKIT_DOCKERFILE_CHECK";

    private DockerfileCheck() {}

    /// Checks what a build executes.
    ///
    /// @throws IllegalArgumentException if the settings in the build arguments can't be read
    static CheckReport check(
            Reading reading, PlanRequest plan, DockerIgnore ignore, BaseImages images) {
        return BuildChecks.check(reading, request(plan, ignore, images).asBuilt());
    }

    /// What the checks need to know of the build.
    ///
    /// @throws IllegalArgumentException if the settings in the build arguments can't be read
    public static CheckRequest request(PlanRequest plan, DockerIgnore ignore, BaseImages images) {
        return new CheckRequest(
                plan.target(),
                true,
                plan.buildArgs(),
                Platform.host().toString(),
                plan.platform().toString(),
                ignore,
                images,
                settings(plan));
    }

    private static Optional<CheckSettings> settings(PlanRequest plan) {
        String text = plan.buildArgs().get(SETTINGS);
        if (text == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(CheckSettings.parse(text));
        } catch (WordException e) {
            throw new IllegalArgumentException(
                    "--build-arg " + SETTINGS + "=" + text + ": " + e.getMessage(), e);
        }
    }
}
