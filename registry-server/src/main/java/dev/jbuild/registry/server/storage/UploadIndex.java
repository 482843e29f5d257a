package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.RepositoryName;
import java.util.List;
import java.util.Optional;

/// The uploads under way. What these methods change is permanent when they return. Safe for use by
/// several threads.
public interface UploadIndex {

    /// @param id unguessable: whoever knows it may go on with the upload
    /// @param algorithm what the bytes are hashed with while they come
    /// @param startedMillis since 1970
    record Upload(
            String id, RepositoryName repository, DigestAlgorithm algorithm, long startedMillis) {}

    void add(Upload upload) throws StorageException;

    Optional<Upload> find(String id) throws StorageException;

    /// Turns the upload into a blob of its repository, in one step.
    void complete(Upload upload, Digest digest, long size) throws StorageException;

    /// No error if it isn't there.
    void remove(String id) throws StorageException;

    /// In the order of their ids.
    ///
    /// @param after the last that is known; empty for the first ones
    List<Upload> after(String after, int limit) throws StorageException;
}
