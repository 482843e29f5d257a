package dev.jbuild.builder.solve;

import dev.jbuild.registry.client.network.Network;
import dev.jbuild.store.layer.LayerOptions;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// How a plan is executed.
///
/// @param useCache false: every step is executed, though its result is remembered
/// @param sourceDateEpoch later mtimes are set to it, and it is the time of creation
/// @param layerOptions how new layers are compressed
/// @param network how what an ADD names is reached
public record SolveOptions(
        boolean useCache,
        Optional<Instant> sourceDateEpoch,
        LayerOptions layerOptions,
        Supplier<Network> network) {

    /// Layers as they are written by default, and the network directly.
    public SolveOptions(boolean useCache, Optional<Instant> sourceDateEpoch) {
        this(useCache, sourceDateEpoch, LayerOptions.DEFAULT, () -> Network.DIRECT);
    }

    /// How layers are written.
    LayerOptions layers() {
        return sourceDateEpoch.map(layerOptions::withClamp).orElse(layerOptions);
    }
}
