package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import java.util.List;

/// What content there should be.
public interface ContentIndex {

    /// @param id grows with the time it came
    /// @param size in bytes
    record Content(long id, Digest digest, long size) {}

    /// Content that isn't put aside or known to be damaged, in the order of its ids.
    ///
    /// @param afterId the last one seen; 0 at first
    List<Content> contents(long afterId, int most) throws StorageException;

    /// From now on no repository has the blob, until it is pushed again: then all have it that had
    /// it before.
    void markDamaged(Digest digest) throws StorageException;
}
