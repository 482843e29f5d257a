package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// What was looked up in the index since it last changed. Any change forgets all of it, before
/// whoever made the change is told that it is done: an answer from here is never older than one
/// from the index. What the index has but the disk has lost is not here, as a client that is told
/// so pushes it again; that is noticed a few seconds after it was last looked up. Safe for use by
/// several threads.
final class Lookups {
    private static final int MOST = 20_000;

    /// How long nobody looks whether the disk still has it.
    static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Metadata metadata;
    private final ContentStore content;
    private final LostContent lost;
    private final LongSupplier nanos;
    private final Map<Object, Found> recent = new ConcurrentHashMap<>();

    /// @param generation of the index before it was looked up
    /// @param atNanos when that was
    private record Found(long generation, long atNanos, Object value) {}

    private record ManifestKey(RepositoryName repository, Reference reference) {}

    private record BlobKey(RepositoryName repository, Digest digest) {}

    /// @param lost told of what the index has and the disk has not
    Lookups(Metadata metadata, ContentStore content, LostContent lost, LongSupplier nanos) {
        this.metadata = metadata;
        this.content = content;
        this.lost = lost;
        this.nanos = nanos;
    }

    Optional<ManifestIndex.Entry> manifest(RepositoryName repository, Reference reference)
            throws StorageException {
        Optional<ManifestIndex.Entry> known = knownManifest(repository, reference);
        if (known.isPresent()) {
            return known;
        }
        long generation = metadata.generation();
        long now = nanos.getAsLong();
        Optional<ManifestIndex.Entry> found = metadata.manifests().find(repository, reference);
        if (found.isPresent() && !isThere(found.get().digest(), found.get().size())) {
            return Optional.empty();
        }
        found.ifPresent(
                entry -> keep(new ManifestKey(repository, reference), generation, now, entry));
        return found;
    }

    Optional<RepositoryIndex.Blob> blob(RepositoryName repository, Digest digest)
            throws StorageException {
        Optional<RepositoryIndex.Blob> known = knownBlob(repository, digest);
        if (known.isPresent()) {
            return known;
        }
        long generation = metadata.generation();
        long now = nanos.getAsLong();
        Optional<RepositoryIndex.Blob> found = metadata.repositories().findBlob(repository, digest);
        if (found.isPresent() && !isThere(digest, found.get().size())) {
            return Optional.empty();
        }
        found.ifPresent(blob -> keep(new BlobKey(repository, digest), generation, now, blob));
        return found;
    }

    /// The same for whoever will open its file at once.
    Optional<RepositoryIndex.Blob> blobNow(RepositoryName repository, Digest digest)
            throws StorageException {
        Optional<RepositoryIndex.Blob> known = knownBlob(repository, digest);
        if (known.isEmpty()) {
            return blob(repository, digest);
        }
        if (isThere(digest, known.get().size())) {
            return known;
        }
        recent.remove(new BlobKey(repository, digest));
        return Optional.empty();
    }

    private boolean isThere(Digest digest, long size) throws StorageException {
        if (content.has(digest, size)) {
            return true;
        }
        lost.accept(digest);
        return false;
    }

    /// Without asking the index.
    Optional<ManifestIndex.Entry> knownManifest(RepositoryName repository, Reference reference) {
        return known(new ManifestKey(repository, reference), ManifestIndex.Entry.class);
    }

    /// Without asking the index.
    Optional<RepositoryIndex.Blob> knownBlob(RepositoryName repository, Digest digest) {
        return known(new BlobKey(repository, digest), RepositoryIndex.Blob.class);
    }

    /// When [#knownManifest] was looked up, or something older in its place.
    OptionalLong manifestNanos(RepositoryName repository, Reference reference) {
        return nanosOf(new ManifestKey(repository, reference));
    }

    /// Likewise [#knownBlob].
    OptionalLong blobNanos(RepositoryName repository, Digest digest) {
        return nanosOf(new BlobKey(repository, digest));
    }

    private OptionalLong nanosOf(Object key) {
        Found found = recent.get(key);
        return found == null ? OptionalLong.empty() : OptionalLong.of(found.atNanos());
    }

    private <T> Optional<T> known(Object key, Class<T> type) {
        Found found = recent.get(key);
        return found != null
                        && found.generation() == metadata.generation()
                        && nanos.getAsLong() - found.atNanos() < LONGEST_NANOS
                ? Optional.of(type.cast(found.value()))
                : Optional.empty();
    }

    private void keep(Object key, long generation, long atNanos, Object value) {
        if (recent.size() >= MOST) {
            recent.clear();
        }
        recent.put(key, new Found(generation, atNanos, value));
    }
}
