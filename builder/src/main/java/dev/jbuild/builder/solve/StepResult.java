package dev.jbuild.builder.solve;

import dev.jbuild.store.layer.Layer;
import java.time.Instant;
import java.util.Optional;

/// What a step led to.
///
/// @param layer empty if the step changed nothing
/// @param epoch the time of the newest input up to and with this step
record StepResult(Optional<LayerRef> layer, Instant epoch) {

    /// Of a step that was executed earlier.
    static StepResult of(StepRecord record) {
        return new StepResult(
                record.layer().map((Layer l) -> new LayerRef.Stored(l.descriptor(), l.diffId())),
                record.epoch());
    }
}
