package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.DockerIgnore;
import java.util.Map;
import java.util.Optional;

/// Under which circumstances a Dockerfile is looked at.
///
/// @param target the stage to build, which is looked at with those it needs
/// @param everyStage whether all stages are looked at if there is no target; else the last and
///     those it needs
/// @param buildArgs as given to the build
/// @param buildPlatform as in `linux/amd64`
/// @param targetPlatform as in `linux/arm64/v8`
/// @param ignore the ignore file of the context
/// @param settings in place of the file's own `# check=`
public record CheckRequest(
        Optional<String> target,
        boolean everyStage,
        Map<String, String> buildArgs,
        String buildPlatform,
        String targetPlatform,
        DockerIgnore ignore,
        BaseImages baseImages,
        Optional<CheckSettings> settings) {
    public CheckRequest {
        buildArgs = Map.copyOf(buildArgs);
    }

    /// Every stage, no arguments, no context, no image at hand.
    public static CheckRequest of(String platform) {
        return new CheckRequest(
                Optional.empty(),
                true,
                Map.of(),
                platform,
                platform,
                DockerIgnore.none(),
                BaseImages.none(),
                Optional.empty());
    }

    public CheckRequest withTarget(String stage) {
        return new CheckRequest(
                Optional.of(stage),
                everyStage,
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                settings);
    }

    /// Looks at what a build would execute, and at no other stage.
    public CheckRequest asBuilt() {
        return new CheckRequest(
                target,
                false,
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                settings);
    }

    public CheckRequest withBuildArgs(Map<String, String> args) {
        return new CheckRequest(
                target,
                everyStage,
                args,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                settings);
    }

    public CheckRequest withIgnore(DockerIgnore patterns) {
        return new CheckRequest(
                target,
                everyStage,
                buildArgs,
                buildPlatform,
                targetPlatform,
                patterns,
                baseImages,
                settings);
    }

    public CheckRequest withBaseImages(BaseImages images) {
        return new CheckRequest(
                target,
                everyStage,
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                images,
                settings);
    }

    public CheckRequest withSettings(CheckSettings chosen) {
        return new CheckRequest(
                target,
                everyStage,
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                Optional.of(chosen));
    }
}
