package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Repositories and the blobs each of them has. A blob is there only for the repositories that it
/// was pushed or mounted to. What these methods change is permanent when they return. Safe for use
/// by several threads.
public interface RepositoryIndex {

    /// A blob of a repository.
    ///
    /// @param size in bytes
    /// @param idleSinceMillis since 1970, if no manifest of the repository refers to it; it will be
    ///     collected some time after
    record Blob(long size, OptionalLong idleSinceMillis) {}

    Optional<Blob> findBlob(RepositoryName repository, Digest digest) throws StorageException;

    /// Makes an idle blob idle only from now on, so that it isn't collected soon.
    ///
    /// @return whether the repository has the blob
    boolean keepBlob(RepositoryName repository, Digest digest) throws StorageException;

    /// Gives a blob to a repository, which comes into being if need be.
    void linkBlob(RepositoryName repository, Digest digest, long size) throws StorageException;

    /// Gives a blob to a repository if `from` has it, or, without `from`, if any repository has.
    ///
    /// @return whether it did
    boolean mountBlob(RepositoryName to, Digest digest, Optional<RepositoryName> from)
            throws StorageException;

    /// Takes a blob from a repository.
    ///
    /// @return whether it had it
    boolean unlinkBlob(RepositoryName repository, Digest digest) throws StorageException;

    /// The bytes of unfinished uploads.
    ///
    /// @param own of the upload that it is about
    /// @param inRepository of all in its repository, its own among them
    /// @param inAll of all
    record UnderWay(long own, long inRepository, long inAll) {}

    /// How many bytes of unfinished uploads there is room for.
    record Room(long inRepository, long inAll) {
        public static final Room UNLIMITED = new Room(Long.MAX_VALUE, Long.MAX_VALUE);

        public boolean isLimited() {
            return inRepository < Long.MAX_VALUE || inAll < Long.MAX_VALUE;
        }
    }

    /// Refuses early what would be refused once it is here.
    ///
    /// @param digest of what is to come, if it is known; as many bytes as it has where it is there
    ///     already don't count
    /// @throws RuleViolationException if there is no room for so many bytes
    Room requireRoom(RepositoryName repository, Optional<Digest> digest, UnderWay underWay)
            throws StorageException;

    /// The names of repositories, in ASCII order.
    List<String> repositories(Page page) throws StorageException;
}
