package dev.jbuild.oci;

import java.util.Map;
import java.util.Optional;

/// A document that other content hangs on: an [ImageManifest] or an [ImageIndex], in OCI's or
/// docker's media type.
public sealed interface Manifest permits ImageManifest, ImageIndex {
    MediaType mediaType();

    Optional<MediaType> artifactType();

    /// The manifest this one refers to (distribution-spec 1.1, "Listing Referrers").
    Optional<Descriptor> subject();

    Map<String, String> annotations();
}
