package dev.jbuild.registry.client;

import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.Manifest;

/// What a pull has put into the store.
///
/// @param root what the name stood for: an index, or the image itself
/// @param image the one for the platform
public record PulledImage(Encoded<Manifest> root, Encoded<ImageManifest> image) {}
