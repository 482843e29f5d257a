package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import java.time.Duration;

/// What happens during a pull or push. Told from several threads at once.
public sealed interface TransferEvent {
    /// The content of a blob begins to move.
    record Started(Descriptor blob) implements TransferEvent {}

    /// @param bytes moved so far; may begin again at a lower number after the connection broke
    record Progress(Descriptor blob, long bytes) implements TransferEvent {}

    /// A blob is where it should be.
    record Finished(Descriptor blob, Outcome outcome) implements TransferEvent {}

    /// The next attempt has to wait.
    ///
    /// @param why such as `the registry answered 429`
    record Waiting(String why, Duration pause) implements TransferEvent {}

    /// How a blob came to be where it should be.
    enum Outcome {
        TRANSFERRED,
        /// It was there already.
        PRESENT,
        /// The registry took it from another of its repositories.
        MOUNTED,
        /// It is a layer that registries don't hold.
        SKIPPED
    }
}
