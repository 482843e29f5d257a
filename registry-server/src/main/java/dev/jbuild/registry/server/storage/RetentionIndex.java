package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import java.util.List;
import java.util.Optional;

/// Tags with what decides how long they stay.
public interface RetentionIndex {

    /// @param pushedMillis when it was last pushed, since 1970
    /// @param attached whether it belongs to a manifest that is there: the tag of its signature
    ///     (cosign's `sha256-….sig`) or of its list of referrers
    record TagPush(Tag tag, long pushedMillis, boolean attached) {}

    /// Why a manifest and its tags stay, whatever a policy says.
    enum Keeper {
        /// It has a tag of signatures, attestations or referrers.
        SIGNED,
        /// Manifests have it as their subject.
        HAS_REFERRERS,
        /// An index lists it.
        CHILD,
        /// Its subject is there.
        REFERRER
    }

    /// @param tags how many point at the same manifest
    record TagState(Digest manifest, long tags, Optional<Keeper> keeper) {}

    /// A tag that was deleted.
    record Retired(TagPush tag, Digest manifest) {}

    /// Tags in ASCII order.
    List<TagPush> tagPushes(RepositoryName repository, Page page) throws StorageException;

    /// Empty if the tag has gone, or was pushed again, since it was listed.
    Optional<TagState> state(RepositoryName repository, TagPush tag) throws StorageException;

    /// Deletes the tags, not their manifests, that are still as they were when they were listed and
    /// that nothing keeps.
    ///
    /// @param because these are there; if one of them is not any more, nothing is done
    /// @return what was deleted
    List<Retired> retire(RepositoryName repository, List<TagPush> due, List<TagPush> because)
            throws StorageException;
}
