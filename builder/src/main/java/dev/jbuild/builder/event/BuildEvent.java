package dev.jbuild.builder.event;

import dev.jbuild.dockerfile.Source;
import dev.jbuild.dockerfile.check.Finding;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.store.GrowingBlob;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// Something that happened in a build. Events of one step come in order; steps of independent
/// stages interleave.
public sealed interface BuildEvent {

    /// What the build checks say of the Dockerfile: once, before the first step.
    record Checked(Source source, List<Finding> findings) implements BuildEvent {
        public Checked {
            findings = List.copyOf(findings);
        }
    }

    /// @param text the instruction as it stands in the Dockerfile
    record StepStarted(StepId step, String text) implements BuildEvent {}

    /// A layer that the image will have, in the blob store unless it is one of a base image that
    /// was not fetched yet.
    record LayerKnown(Descriptor layer) implements BuildEvent {}

    /// A layer that the image will have begins to be written, unless its step turns out to change
    /// nothing or to fail. [LayerKnown] follows once it is stored.
    record LayerBegun(Content content) implements BuildEvent {
        /// What there is of it, compressed.
        public interface Content {
            /// To be called while the event is told; the caller closes it.
            GrowingBlob follow() throws IOException;
        }
    }

    /// The step's result was known: nothing was done.
    record StepCached(StepId step, String text) implements BuildEvent {}

    /// A line of output, or the last piece of one without a line end.
    record StepOutput(StepId step, String line) implements BuildEvent {}

    /// @param layerSize bytes of the layer's tar, which may still be compressed; 0 for a step that
    ///     changed no file
    record StepFinished(StepId step, Duration took, long layerSize) implements BuildEvent {}

    /// Something the user should know that stops nothing.
    record Warning(StepId step, String message) implements BuildEvent {}

    /// A step within a stage.
    ///
    /// @param stage the stage's name, or its number if it has none
    /// @param number from 1, of those in the stage
    record StepId(String stage, int number, int of) {
        @Override
        public String toString() {
            return stage + " " + number + "/" + of;
        }
    }
}
