package dev.jbuild.overlay;

import dev.jbuild.oci.ChainId;
import java.time.Instant;
import java.util.Optional;

/// A complete snapshot on disk.
///
/// @param kind `overlay` or `copy`: both may have one of the same name
/// @param parent the one it stands on; an overlay can't be used without it
/// @param lastUsed to within [dev.jbuild.store.DirectoryBlobStore#RENEWAL]
/// @param bytes what its own files occupy, without the parent's: content in blocks of 4 KiB, a
///     hard-linked file once
public record StoredSnapshot(
        String kind, ChainId id, Optional<ChainId> parent, Instant lastUsed, long bytes) {}
