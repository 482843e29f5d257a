package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import java.util.List;

/// Makes an index anew: first all changes since the beginning, then [#settle], then what content
/// says, then [#finish]. Nothing of it lasts before that. Used by one thread.
public interface IndexBuilder extends AutoCloseable {

    /// A manifest of which no more is known.
    ///
    /// @param id grows in the order in which they are listed
    record Undescribed(
            long id, RepositoryName repository, Digest digest, long size, MediaType mediaType) {}

    /// @return whether it made sense: a tag of a manifest that isn't there doesn't
    boolean apply(Change change) throws StorageException;

    /// Forgets what no repository has any more after all changes.
    void settle() throws StorageException;

    /// @param afterId the last one seen; 0 at first
    List<Undescribed> undescribed(long afterId, int most) throws StorageException;

    boolean hasManifest(RepositoryName repository, Digest digest) throws StorageException;

    void describe(Undescribed manifest, ManifestIndex.Addition addition) throws StorageException;

    /// All content that there should be.
    List<ContentIndex.Content> contents(long afterId, int most) throws StorageException;

    /// As [ContentIndex#markDamaged].
    void markDamaged(Digest digest) throws StorageException;

    boolean isKnown(Digest digest) throws StorageException;

    /// Content that no repository has, to be collected.
    ///
    /// @param putAside whether it is in quarantine
    void addOrphan(Digest digest, long size, boolean putAside) throws StorageException;

    /// Makes it what a server can open.
    ///
    /// @return what there is
    Metadata.Totals finish() throws StorageException;

    /// As [#finish], for a registry that goes on with a journal.
    ///
    /// @param journal its id
    /// @param sequence of the last batch that was applied
    Metadata.Totals finish(String journal, long sequence) throws StorageException;

    @Override
    void close() throws StorageException;
}
