package dev.jbuild.builder;

import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageManifest;
import java.util.List;

/// What a build made.
///
/// @param warnings what the user should know
public record BuildResult(Encoded<ImageManifest> manifest, List<String> warnings) {
    public BuildResult {
        warnings = List.copyOf(warnings);
    }
}
