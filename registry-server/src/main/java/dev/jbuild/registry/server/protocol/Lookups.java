package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.RepositoryIndex;
import dev.jbuild.registry.server.storage.StorageException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What was looked up in the index since it last changed. Any change forgets all of it, before
/// whoever made the change is told that it is done: an answer from here is never older than one
/// from the index. Safe for use by several threads.
final class Lookups {
    private static final int MOST = 20_000;

    private final Metadata metadata;
    private final Map<Object, Found> recent = new ConcurrentHashMap<>();

    /// @param generation of the index before it was looked up
    private record Found(long generation, Object value) {}

    private record ManifestKey(RepositoryName repository, Reference reference) {}

    private record BlobKey(RepositoryName repository, Digest digest) {}

    Lookups(Metadata metadata) {
        this.metadata = metadata;
    }

    Optional<ManifestIndex.Entry> manifest(RepositoryName repository, Reference reference)
            throws StorageException {
        Optional<ManifestIndex.Entry> known = knownManifest(repository, reference);
        if (known.isPresent()) {
            return known;
        }
        long generation = metadata.generation();
        Optional<ManifestIndex.Entry> found = metadata.manifests().find(repository, reference);
        found.ifPresent(entry -> keep(new ManifestKey(repository, reference), generation, entry));
        return found;
    }

    Optional<RepositoryIndex.Blob> blob(RepositoryName repository, Digest digest)
            throws StorageException {
        Optional<RepositoryIndex.Blob> known = knownBlob(repository, digest);
        if (known.isPresent()) {
            return known;
        }
        long generation = metadata.generation();
        Optional<RepositoryIndex.Blob> found = metadata.repositories().findBlob(repository, digest);
        found.ifPresent(blob -> keep(new BlobKey(repository, digest), generation, blob));
        return found;
    }

    /// Without asking the index.
    Optional<ManifestIndex.Entry> knownManifest(RepositoryName repository, Reference reference) {
        return known(new ManifestKey(repository, reference), ManifestIndex.Entry.class);
    }

    /// Without asking the index.
    Optional<RepositoryIndex.Blob> knownBlob(RepositoryName repository, Digest digest) {
        return known(new BlobKey(repository, digest), RepositoryIndex.Blob.class);
    }

    private <T> Optional<T> known(Object key, Class<T> type) {
        Found found = recent.get(key);
        return found != null && found.generation() == metadata.generation()
                ? Optional.of(type.cast(found.value()))
                : Optional.empty();
    }

    private void keep(Object key, long generation, Object value) {
        if (recent.size() >= MOST) {
            recent.clear();
        }
        recent.put(key, new Found(generation, value));
    }
}
