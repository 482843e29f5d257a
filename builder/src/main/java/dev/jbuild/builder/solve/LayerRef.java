package dev.jbuild.builder.solve;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;

/// A layer of a root file system: what it is stored as, and what it is.
public record LayerRef(Descriptor descriptor, DiffId diffId) {}
