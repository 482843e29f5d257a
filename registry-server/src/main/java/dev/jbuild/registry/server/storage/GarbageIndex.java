package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import java.util.List;
import java.util.Optional;

/// What nobody refers to any more, and since when. All of it is kept up to date by the transactions
/// that cause it, and found by the time since when, so nothing here looks at what is in use.
///
/// The way of a blob: idle in a repository (no manifest of it refers to it), unlinked from it, an
/// orphan (no repository has it), quarantined (its file was put aside), forgotten. A push takes it
/// back to the beginning from everywhere. Times are milliseconds since 1970.
public interface GarbageIndex {

    /// A blob that no manifest of its repository refers to.
    record IdleBlob(RepositoryName repository, Digest digest, long size, long sinceMillis) {}

    /// A manifest without a tag that no index of its repository lists, whose subject, if it has
    /// one, is not there, and that is itself nobody's subject.
    ///
    /// @param retired whether a policy took its last tag, or deleted the index that listed it, and
    ///     it was not pushed since
    record LooseManifest(
            RepositoryName repository,
            Digest digest,
            long size,
            long sinceMillis,
            long id,
            boolean retired) {}

    /// Content that no repository has.
    record Orphan(Digest digest, long size, long sinceMillis) {}

    /// Takes the blobs that have been idle since before a time from their repositories.
    ///
    /// @param most that many at once; call it again while it returns as many
    List<IdleBlob> unlinkIdle(long beforeMillis, int most) throws StorageException;

    /// What [#unlinkIdle] would take.
    List<IdleBlob> idle(long beforeMillis, int most) throws StorageException;

    /// Where a walk through [#loose] goes on.
    ///
    /// @param sinceMillis of the last one seen
    /// @param id of the last one seen
    record LoosePosition(long sinceMillis, long id) {
        public static final LoosePosition START = new LoosePosition(Long.MIN_VALUE, 0);
    }

    /// Some of the manifests that are loose since before a time, and where to go on, if there may
    /// be more.
    record LoosePage(List<LooseManifest> manifests, Optional<LoosePosition> next) {
        public LoosePage {
            manifests = List.copyOf(manifests);
        }
    }

    LoosePage loose(long beforeMillis, LoosePosition after, int most) throws StorageException;

    /// Deletes the manifest if it is still loose since before that time, and as retired as it was;
    /// if it was retired, what only it listed is retired then.
    ///
    /// @return whether it was
    boolean deleteLoose(LooseManifest manifest, long beforeMillis) throws StorageException;

    /// The oldest first.
    List<Orphan> orphans(long beforeMillis, int most) throws StorageException;

    /// Marks orphans as put aside, those that still are since before that time.
    ///
    /// @return those that are marked
    List<Digest> quarantine(List<Digest> digests, long beforeMillis) throws StorageException;

    /// Content put aside before a time, the oldest first.
    List<Orphan> quarantined(long beforeMillis, int most) throws StorageException;

    /// Whether the index knows of this content, put aside or not.
    boolean isKnown(Digest digest) throws StorageException;

    /// Whether content is put aside at present.
    boolean isQuarantined(Digest digest) throws StorageException;

    /// Removes what is put aside from the index.
    void forget(List<Digest> digests) throws StorageException;

    /// Removes repositories in which nothing is left and that were made before a time.
    ///
    /// @return their names
    List<String> removeEmptyRepositories(long beforeMillis, int most) throws StorageException;
}
