package dev.jbuild.store.check;

import dev.jbuild.oci.DiffId;

/// What reading a blob has shown.
sealed interface BlobState {

    /// The content is what the digest says.
    ///
    /// @param bytes of the blob
    /// @param layer what it is uncompressed
    record Sound(long bytes, Content layer) implements BlobState {}

    /// The content is something else.
    record Damaged(long bytes, String what) implements BlobState {}

    /// A blob taken as a layer.
    sealed interface Content {
        record Uncompressed(DiffId diffId, long bytes) implements Content {}

        record Unreadable(String what) implements Content {}
    }
}
