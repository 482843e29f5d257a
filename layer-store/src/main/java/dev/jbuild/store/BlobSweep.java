package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Removes blobs that nothing needs, beside running processes.
///
/// What another process uses, it has renewed (see [DirectoryBlobStore]) since it opened the store,
/// or shortly before: so while others live, nothing used since the first of them came is removed,
/// whatever the grace period. Openers wait until a sweep has ended; so do changes of names.
///
/// @param store the caller's own; what its own threads use is not protected but by the grace period
public record BlobSweep(DirectoryBlobStore store) {

    /// Says what is needed; called when names can't change any more.
    public interface Marker {
        Set<Digest> mark() throws IOException;
    }

    /// @param blobs what was removed, or would have been
    /// @param bytes their size together
    /// @param kept how many blobs stay
    public record Swept(List<Digest> blobs, long bytes, int kept) {
        public Swept {
            blobs = List.copyOf(blobs);
        }
    }

    /// Removes the blobs that are not marked and were not used for some time.
    ///
    /// @param grace how long ago the last use must be
    /// @param dryRun nothing is removed
    public Swept sweep(Marker marker, Duration grace, boolean dryRun) throws IOException {
        try (EntryHold hold = store.holdEntry();
                ProcessLock _ = store.lock()) {
            Instant old = Instant.now().minus(grace);
            Instant cutoff = hold.unusedSince().isBefore(old) ? hold.unusedSince() : old;
            Set<Digest> needed = marker.mark();
            List<Digest> removed = new ArrayList<>();
            long bytes = 0;
            int kept = 0;
            for (Digest digest : all()) {
                Optional<Instant> lastUsed = store.lastUsed(digest);
                if (needed.contains(digest) || lastUsed.filter(cutoff::isAfter).isEmpty()) {
                    kept++;
                    continue;
                }
                bytes += store.sizeUntouched(digest);
                removed.add(digest);
                if (!dryRun) {
                    store.delete(digest);
                }
            }
            return new Swept(removed, bytes, kept);
        }
    }

    private List<Digest> all() throws IOException {
        try (Stream<Digest> digests = store.list()) {
            return digests.sorted().toList();
        }
    }
}
