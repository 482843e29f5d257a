package dev.jbuild.builder.solve;

import dev.jbuild.store.layer.LayerOptions;
import java.time.Instant;
import java.util.Optional;

/// How a plan is executed.
///
/// @param useCache false: every step is executed, though its result is remembered
/// @param sourceDateEpoch later mtimes are set to it, and it is the time of creation
public record SolveOptions(boolean useCache, Optional<Instant> sourceDateEpoch) {
    /// How layers are written.
    LayerOptions layers() {
        return sourceDateEpoch.map(LayerOptions.DEFAULT::withClamp).orElse(LayerOptions.DEFAULT);
    }
}
