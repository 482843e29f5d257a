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
public record RepositoryRules(
        BiPredicate<RepositoryName, Tag> immutable,
        OptionalLong mostBytes,
        Function<RepositoryName, OptionalLong> mostBytesOf) {
    public static final RepositoryRules NONE =
            new RepositoryRules((_, _) -> false, OptionalLong.empty(), _ -> OptionalLong.empty());
}
