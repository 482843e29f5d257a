package dev.jbuild.store;

import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageManifest;

/// An image whose manifest and configuration were read from a store and verified.
public record StoredImage(Encoded<ImageManifest> manifest, ImageConfig config) {}
