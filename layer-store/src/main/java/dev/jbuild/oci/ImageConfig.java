package dev.jbuild.oci;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// An image's configuration (OCI image-spec 1.1, config.md). Written and read by [ImageConfigJson].
///
/// @param diffIds of the layers, from the bottom up
public record ImageConfig(
        Optional<Instant> created,
        Optional<String> author,
        Platform platform,
        ContainerConfig config,
        List<DiffId> diffIds,
        List<History> history) {
    public ImageConfig {
        diffIds = List.copyOf(diffIds);
        history = List.copyOf(history);
    }

    /// The configuration of `FROM scratch`.
    public static ImageConfig scratch(Platform platform) {
        return new ImageConfig(
                Optional.empty(),
                Optional.empty(),
                platform,
                ContainerConfig.EMPTY,
                List.of(),
                List.of());
    }

    public ImageConfig withConfig(ContainerConfig config) {
        return new ImageConfig(created, author, platform, config, diffIds, history);
    }

    public Optional<ChainId> chainId() {
        return ChainId.of(diffIds);
    }
}
