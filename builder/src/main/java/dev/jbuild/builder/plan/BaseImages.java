package dev.jbuild.builder.plan;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import java.io.IOException;

/// Finds base images.
public interface BaseImages {
    /// @return the image, whose manifest and configuration are here; its layers may not be
    /// @throws IOException if it can't be had; the message says where it was looked for
    BaseImage resolve(ImageReference reference, Platform platform)
            throws IOException, InterruptedException;
}
