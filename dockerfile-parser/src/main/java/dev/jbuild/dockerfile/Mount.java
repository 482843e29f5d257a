package dev.jbuild.dockerfile;

import java.util.Optional;

/// A mount of `RUN --mount`, with its words expanded and its defaults in place
/// (https://docs.docker.com/reference/dockerfile/#run---mount).
public sealed interface Mount {
    /// Where it appears, as written: relative to the working directory; empty if not written.
    Optional<String> target();

    /// Files of the context, a stage, an image or a named context. What a writable one is
    /// written is thrown away.
    ///
    /// @param source a path in there, empty for its root
    record Bind(
            Optional<String> target,
            Optional<String> from,
            Optional<String> source,
            boolean readOnly)
            implements Mount {}

    /// A directory that outlives the build.
    ///
    /// @param id empty if not written: then it is the cleaned target
    record Cache(
            Optional<String> target,
            Optional<String> id,
            Sharing sharing,
            Optional<String> from,
            Optional<String> source,
            boolean readOnly,
            Ownership ownership)
            implements Mount {}

    /// A directory in memory.
    ///
    /// @param size bytes, 0 for the system's default
    record Tmpfs(Optional<String> target, long size, boolean readOnly) implements Mount {}

    /// A secret as a file, an environment variable, or both.
    ///
    /// @param id the base name of the target if not written
    /// @param target empty if only an environment variable is asked for, else `/run/secrets/ID`
    ///     if not written
    /// @param required whether the build must fail without it
    record Secret(
            String id,
            Optional<String> target,
            Optional<String> env,
            boolean required,
            Ownership ownership)
            implements Mount {}

    /// The socket of an ssh agent.
    ///
    /// @param id `default` if not written
    record Ssh(String id, Optional<String> target, boolean required, Ownership ownership)
            implements Mount {}

    /// How builds that run at once use a cache.
    enum Sharing {
        SHARED,
        PRIVATE,
        LOCKED
    }

    /// @param mode empty if not written
    /// @param uid empty if not written
    /// @param gid empty if not written
    record Ownership(Optional<Integer> mode, Optional<Long> uid, Optional<Long> gid) {}
}
