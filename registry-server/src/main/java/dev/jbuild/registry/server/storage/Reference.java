package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Tag;

/// What a manifest is asked for by (distribution-spec 1.1, "Pulling manifests").
public sealed interface Reference {
    record ByTag(Tag tag) implements Reference {}

    record ByDigest(Digest digest) implements Reference {}
}
