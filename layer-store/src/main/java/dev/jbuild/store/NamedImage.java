package dev.jbuild.store;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.ImageReference;

/// A name in an [ImageStore] and the manifest or index it stands for.
public record NamedImage(ImageReference name, Descriptor descriptor) {}
