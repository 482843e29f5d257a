package dev.jbuild.builder.solve;

import dev.jbuild.oci.Digest;

/// What a step's result depends on: what it does, the file system it starts from, and the content
/// it reads.
public record CacheKey(Digest digest) {}
