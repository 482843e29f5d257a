package dev.jbuild.builder.solve;

import dev.jbuild.oci.Digest;
import java.util.Optional;

/// What a step's result depends on: what it does, the file system it starts from, and the content
/// it reads.
///
/// @param place of a copy out of the context, the same without the content: while there is no
///     result of a place, it can't be one of this key
public record CacheKey(Digest digest, Optional<Digest> place) {
    public CacheKey(Digest digest) {
        this(digest, Optional.empty());
    }
}
