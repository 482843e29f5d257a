package dev.jbuild.store.layer;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.DiffId;

/// A layer in a blob store.
///
/// @param descriptor of the stored, compressed blob
/// @param uncompressedSize bytes of the tar
/// @param encoder what compressed it, with version and level, such as `jbuild-deflate/2 level=2`:
///     the blob's digest is a function of the tar and of this
public record Layer(Descriptor descriptor, DiffId diffId, long uncompressedSize, String encoder) {}
