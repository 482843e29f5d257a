package dev.jbuild.oci;

import java.time.Instant;
import java.util.Optional;

/// How one layer, or one change of the configuration alone, came about (OCI image-spec 1.1,
/// config.md, "history").
///
/// @param emptyLayer true if this entry made no layer
public record History(
        Optional<Instant> created,
        Optional<String> createdBy,
        Optional<String> author,
        Optional<String> comment,
        boolean emptyLayer) {}
