package dev.jbuild.builder.solve;

import dev.jbuild.store.layer.Layer;
import java.time.Instant;
import java.util.Optional;

/// The result of a step that was executed.
///
/// @param layer empty if the step changed nothing
/// @param epoch the time of the newest input up to and with this step
public record StepRecord(Optional<Layer> layer, Instant epoch) {}
