package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.RepositoryName;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/// When what nobody refers to goes, and which tags do by themselves.
///
/// @param grace how long a blob that no manifest refers to stays in its repository, at least; as
///     long as the longest push takes
/// @param quarantine how long the file of content that no repository has is kept aside
/// @param untaggedAfter how long untagged manifests stay in a repository; empty: for ever
public record GarbagePolicy(
        Age grace,
        Duration quarantine,
        Function<RepositoryName, Optional<Age>> untaggedAfter,
        RetentionPolicy retention) {

    /// All tags stay.
    public GarbagePolicy(
            Age grace, Duration quarantine, Function<RepositoryName, Optional<Age>> untaggedAfter) {
        this(grace, quarantine, untaggedAfter, RetentionPolicy.NONE);
    }

    public GarbagePolicy withRetention(RetentionPolicy tags) {
        return new GarbagePolicy(grace, quarantine, untaggedAfter, tags);
    }

    /// A day each; tags and untagged manifests stay.
    public static final GarbagePolicy DEFAULT =
            new GarbagePolicy(
                    new Age(Duration.ofDays(1)), Duration.ofDays(1), _ -> Optional.empty());

    private static final Duration LONGEST_READ_START = Duration.ofMinutes(1);

    /// How long an untagged manifest stays there.
    ///
    /// @param retired whether it is untagged, or no part of an index any more, because [#retention]
    ///     says so: then for the grace period, unless something else is said
    public Optional<Age> untagged(RepositoryName repository, boolean retired) {
        return untaggedAfter
                .apply(repository)
                .or(() -> retired ? Optional.of(grace) : Optional.empty());
    }

    /// How long an untagged manifest stays there that a client was told of.
    public Optional<Age> promised(RepositoryName repository) {
        return untagged(repository, retention.concerns(repository));
    }

    /// How long content stays where it is after the last repository has lost it: requests that have
    /// just found it in the index open the file in that time.
    public Duration settle() {
        return grace.time().compareTo(LONGEST_READ_START) < 0 ? grace.time() : LONGEST_READ_START;
    }

    /// A time for which something is sure to stay from the moment a client was told that it is
    /// there. Not every such answer is written down, only one in each quarter of that time; so it
    /// is collected a quarter later.
    public record Age(Duration time) {

        /// What has been unused since before this may go.
        public long collectBefore(long nowMillis) {
            return nowMillis - time.toMillis() - time.toMillis() / 4;
        }

        /// Whether a client must not be told that it is there before it is written down.
        public boolean needsRenewal(long unusedSinceMillis) {
            return unusedSinceMillis < System.currentTimeMillis() - time.toMillis() / 4;
        }
    }
}
