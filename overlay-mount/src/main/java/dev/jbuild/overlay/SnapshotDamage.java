package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import java.nio.file.Path;
import java.util.Optional;

/// Something in a directory of snapshots that is of no use.
///
/// @param kind `overlay` or `copy`
/// @param id the snapshot, unless it is something else
/// @param what is wrong
public record SnapshotDamage(String kind, Path path, Optional<ChainId> id, String what) {}
