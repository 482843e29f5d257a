package dev.jbuild.builder.solve;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;
import java.io.IOException;

/// A layer of a root file system: what it is, and what it is stored as.
public sealed interface LayerRef permits LayerRef.Stored, PendingLayer {
    DiffId diffId();

    /// Its blob. Waits for one that is still being compressed.
    ///
    /// @throws IOException if that failed
    Descriptor descriptor() throws IOException;

    /// One of a base image, or of an earlier build.
    record Stored(Descriptor descriptor, DiffId diffId) implements LayerRef {}
}
