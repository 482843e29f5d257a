package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;

/// One thing that garbage collection did, or would do. Sizes in bytes.
public sealed interface Collected {
    /// A tag was deleted because the policy says so.
    record RetiredTag(RepositoryName repository, Tag tag, Digest manifest, String why)
            implements Collected {}

    /// A manifest without a tag was deleted from its repository.
    record Manifest(RepositoryName repository, Digest digest, long size) implements Collected {}

    /// A blob that no manifest refers to was taken from its repository.
    record Blob(RepositoryName repository, Digest digest, long size) implements Collected {}

    /// A repository in which nothing is left was removed.
    record Repository(String name) implements Collected {}

    /// The file of content that no repository has was put aside.
    record PutAside(Digest digest, long size) implements Collected {}

    /// The file of content was removed; its space is free.
    record Removed(Digest digest, long size) implements Collected {}

    /// A file of content that the index doesn't know, left by a failure or crash, was removed.
    record Stray(Digest digest) implements Collected {}
}
