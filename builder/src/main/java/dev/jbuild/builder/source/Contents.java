package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.FileState;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/// What is known of the content of files.
public sealed interface Contents permits Contents.Unasked, FileIndex, ReadContents {
    /// For names and states alone.
    Contents UNASKED = new Unasked();

    /// Gives one and the same digest for any content.
    record Unasked() implements Contents {
        private static final Future<Digest> NONE =
                CompletableFuture.completedFuture(Digest.sha256(new byte[0]));

        @Override
        public Future<Digest> digest(FileState state, Finding finding) {
            return NONE;
        }
    }

    /// Finds something out about a file, at the cost of reading it.
    @FunctionalInterface
    interface Finding {
        Digest find() throws IOException;
    }

    /// The digest of anything about a file whose change changes its state, found out by another
    /// thread unless it is known.
    ///
    /// @param finding asked unless the file is unchanged
    Future<Digest> digest(FileState state, Finding finding) throws InterruptedIOException;
}
