package dev.jbuild.dockerfile.check;

import java.util.Map;
import java.util.Optional;

/// What is known of the images that stages start from.
@FunctionalInterface
public interface BaseImages {
    /// @param reference as in FROM, expanded
    /// @param platform what the stage asks for, as in `linux/arm64`
    /// @return empty if the image isn't at hand: then its environment counts as `PATH` alone
    Optional<BaseImage> find(String reference, String platform);

    /// Knows no image.
    static BaseImages none() {
        return (_, _) -> Optional.empty();
    }

    /// @param environment of its configuration
    /// @param hasShell whether its configuration has a shell of its own
    /// @param platform its own, as in `linux/amd64`
    record BaseImage(Map<String, String> environment, boolean hasShell, String platform) {
        public BaseImage {
            environment = Map.copyOf(environment);
        }
    }
}
