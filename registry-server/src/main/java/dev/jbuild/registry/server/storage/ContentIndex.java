package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import java.util.List;
import java.util.Optional;

/// What content there should be.
public interface ContentIndex {

    /// @param id grows with the time it came
    /// @param size in bytes
    record Content(long id, Digest digest, long size) {}

    /// Content that isn't put aside or known to be damaged, in the order of its ids.
    ///
    /// @param afterId the last one seen; 0 at first
    List<Content> contents(long afterId, int most) throws StorageException;

    /// Unless it is put aside or known to be damaged.
    Optional<Content> find(Digest digest) throws StorageException;

    /// Content that is known to be damaged or missing and that a repository should have, in the
    /// order of its ids.
    ///
    /// @param afterId the last one seen; 0 at first
    List<Content> damaged(long afterId, int most) throws StorageException;

    /// A repository that has a piece of content, or would if it were not damaged.
    ///
    /// @param manifest its media type if it is a manifest there
    record Holder(RepositoryName repository, Optional<MediaType> manifest) {}

    /// Who has this content.
    List<Holder> holders(Digest digest, int most) throws StorageException;

    /// What was damaged is there again: all have it that had it before.
    ///
    /// @return whether it is still known, so that it is to stay
    boolean markWhole(Digest digest) throws StorageException;

    /// From now on no repository has the blob, until it is pushed again: then all have it that had
    /// it before.
    void markDamaged(Digest digest) throws StorageException;
}
