package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import java.util.OptionalLong;
import java.util.function.BiPredicate;
import java.util.function.Function;

/// What the index refuses, whoever asks.
///
/// @param immutable the tags that, once there, are neither moved nor deleted
/// @param mostBytes of all content, each counted once
/// @param mostBytesOf the blobs and manifests of one repository, wherever else they are
/// @param uploads how many may be under way
public record RepositoryRules(
        BiPredicate<RepositoryName, Tag> immutable,
        OptionalLong mostBytes,
        Function<RepositoryName, OptionalLong> mostBytesOf,
        UploadLimits uploads) {
    public static final RepositoryRules NONE =
            new RepositoryRules((_, _) -> false, OptionalLong.empty(), _ -> OptionalLong.empty());

    /// With the default for uploads.
    public RepositoryRules(
            BiPredicate<RepositoryName, Tag> immutable,
            OptionalLong mostBytes,
            Function<RepositoryName, OptionalLong> mostBytesOf) {
        this(immutable, mostBytes, mostBytesOf, UploadLimits.DEFAULT);
    }

    public RepositoryRules withUploads(UploadLimits limits) {
        return new RepositoryRules(immutable, mostBytes, mostBytesOf, limits);
    }
}
