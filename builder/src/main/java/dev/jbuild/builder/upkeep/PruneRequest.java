package dev.jbuild.builder.upkeep;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// What may be removed from a store. No image that has a name ever loses anything.
///
/// @param kinds what is looked at
/// @param reach how far it goes
/// @param unusedFor only what was not used for so long
/// @param keepCache remove, least recently used first, only until the results of the cache and the
///     snapshots take no more bytes than this
/// @param limit the same, until the whole store takes no more
public record PruneRequest(
        Set<Kind> kinds,
        Reach reach,
        Optional<Duration> unusedFor,
        OptionalLong keepCache,
        OptionalLong limit) {
    /// What can be removed.
    public enum Kind {
        /// Blobs that neither an image nor a result of the cache needs.
        IMAGES,
        /// Results of steps, with the layers that only they need, and what is known of base images.
        CACHE,
        SNAPSHOTS
    }

    /// Whether only what is left over goes, or all that can be made again.
    public enum Reach {
        /// Blobs that nothing needs and snapshots that no image needs.
        LEFTOVERS,
        /// The cache and all snapshots, too.
        ALL
    }

    public PruneRequest {
        kinds = Set.copyOf(kinds);
    }

    /// As much of what can be made again as has to go for the store to take no more than a size.
    public static PruneRequest downTo(long bytes) {
        return new PruneRequest(
                Set.of(Kind.values()),
                Reach.ALL,
                Optional.empty(),
                OptionalLong.empty(),
                OptionalLong.of(bytes));
    }

    boolean has(Kind kind) {
        return kinds.contains(kind);
    }

    boolean isBounded() {
        return keepCache.isPresent() || limit.isPresent();
    }
}
