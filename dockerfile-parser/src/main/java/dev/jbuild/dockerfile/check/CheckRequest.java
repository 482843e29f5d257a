package dev.jbuild.dockerfile.check;

import dev.jbuild.dockerfile.DockerIgnore;
import java.util.Map;
import java.util.Optional;

/// Under which circumstances a Dockerfile is looked at.
///
/// @param target the stage to build; empty means every stage is looked at
/// @param buildArgs as given to the build
/// @param buildPlatform as in `linux/amd64`
/// @param targetPlatform as in `linux/arm64/v8`
/// @param ignore the ignore file of the context
/// @param settings in place of the file's own `# check=`
public record CheckRequest(
        Optional<String> target,
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
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                settings);
    }

    public CheckRequest withBuildArgs(Map<String, String> args) {
        return new CheckRequest(
                target, args, buildPlatform, targetPlatform, ignore, baseImages, settings);
    }

    public CheckRequest withIgnore(DockerIgnore patterns) {
        return new CheckRequest(
                target, buildArgs, buildPlatform, targetPlatform, patterns, baseImages, settings);
    }

    public CheckRequest withBaseImages(BaseImages images) {
        return new CheckRequest(
                target, buildArgs, buildPlatform, targetPlatform, ignore, images, settings);
    }

    public CheckRequest withSettings(CheckSettings chosen) {
        return new CheckRequest(
                target,
                buildArgs,
                buildPlatform,
                targetPlatform,
                ignore,
                baseImages,
                Optional.of(chosen));
    }
}
