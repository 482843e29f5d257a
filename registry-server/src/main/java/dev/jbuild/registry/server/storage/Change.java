package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;

/// What a transaction changed of what content doesn't tell: which repository has what, and under
/// which names. All of it in order, since the beginning, is what a registry has.
public sealed interface Change {
    RepositoryName repository();

    /// A repository has a blob from now on.
    ///
    /// @param size in bytes
    record BlobLinked(RepositoryName repository, Digest digest, long size) implements Change {}

    record BlobUnlinked(RepositoryName repository, Digest digest) implements Change {}

    /// A repository has a manifest from now on, or has it with another media type.
    ///
    /// @param size in bytes
    record ManifestPut(RepositoryName repository, Digest digest, long size, MediaType mediaType)
            implements Change {}

    /// A repository has lost a manifest and all its tags.
    record ManifestDeleted(RepositoryName repository, Digest digest) implements Change {}

    /// A tag points at a manifest of its repository from now on.
    ///
    /// @param pushedMillis since 1970
    record Tagged(RepositoryName repository, Tag tag, Digest manifest, long pushedMillis)
            implements Change {}

    record Untagged(RepositoryName repository, Tag tag) implements Change {}
}
