package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Manifest;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.ManifestIndex;
import dev.jbuild.registry.server.storage.Reference;
import dev.jbuild.registry.server.storage.StorageException;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// What clients wrote, for a registry that can't list referrers, into the index that a tag named
/// after the subject points at (distribution-spec 1.1, "Referrers Tag Schema"): it must be listed,
/// too. Such an index can have megabytes, so it is read once, one at a time, and what was read is
/// remembered, as much as there is room for. Owns its locks.
final class FallbackReferrers {
    private static final long ROOM = 8L * 1024 * 1024;

    private final ManifestIndex index;
    private final LongSupplier generation;
    private final ContentStore content;
    private final ReentrantLock reading = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Key, Known> recent = new LinkedHashMap<>(16, 0.75f, true);
    private long used;

    private record Key(RepositoryName repository, Digest index) {}

    /// @param size of the index in bytes, which what is remembered of it takes more or less
    /// @param listed by digest
    /// @param present those of them that were in the repository at that generation
    private record Known(
            long size,
            NavigableMap<String, Descriptor> listed,
            long generation,
            NavigableMap<String, Descriptor> present) {}

    /// @param generation of the index
    FallbackReferrers(ManifestIndex index, LongSupplier generation, ContentStore content) {
        this.index = index;
        this.generation = generation;
        this.content = content;
    }

    /// Those that are in the repository, each once, by digest.
    NavigableMap<String, Descriptor> of(RepositoryName repository, Digest subject)
            throws StorageException {
        Optional<ManifestIndex.Entry> entry =
                index.find(repository, new Reference.ByTag(tag(subject)));
        if (entry.isEmpty() || !entry.get().mediaType().isIndex()) {
            return new TreeMap<>();
        }
        Key key = new Key(repository, entry.get().digest());
        long now = generation.getAsLong();
        Optional<Known> known = recall(key);
        if (known.isEmpty() || known.get().generation() != now) {
            known = Optional.of(look(key, entry.get()));
        }
        return known.get().present();
    }

    /// The hash is cut at 64 characters, which a sha512 digest exceeds.
    static Tag tag(Digest subject) {
        return new Tag(subject.algorithm().token() + "-" + subject.hex().substring(0, 64));
    }

    private Known look(Key key, ManifestIndex.Entry entry) throws StorageException {
        reading.lock();
        try {
            long now = generation.getAsLong();
            Optional<Known> known = recall(key);
            if (known.isPresent() && known.get().generation() == now) {
                return known.get(); // somebody else has looked meanwhile
            }
            NavigableMap<String, Descriptor> listed =
                    known.isPresent() ? known.get().listed() : read(entry);
            Known fresh = new Known(entry.size(), listed, now, present(key.repository(), listed));
            keep(key, fresh);
            return fresh;
        } finally {
            reading.unlock();
        }
    }

    private NavigableMap<String, Descriptor> read(ManifestIndex.Entry entry)
            throws StorageException {
        byte[] bytes = content.read(entry.digest());
        if (!Digest.of(entry.digest().algorithm(), bytes).equals(entry.digest())) {
            throw new StorageException(
                    "the content of " + entry.digest() + " is damaged",
                    new IOException("its file has other bytes"));
        }
        try {
            Encoded<Manifest> read = OciJson.readManifest(bytes, Optional.of(entry.mediaType()));
            NavigableMap<String, Descriptor> listed = new TreeMap<>();
            if (read.value() instanceof ImageIndex list) {
                list.manifests().forEach(one -> listed.put(one.digest().toString(), one));
            }
            return listed;
        } catch (InvalidJsonException e) {
            throw new StorageException("the content of " + entry.digest() + " is damaged", e);
        }
    }

    private NavigableMap<String, Descriptor> present(
            RepositoryName repository, NavigableMap<String, Descriptor> listed)
            throws StorageException {
        List<Digest> asked = listed.values().stream().map(Descriptor::digest).toList();
        Set<Digest> there = index.present(repository, asked);
        if (there.size() == listed.size()) {
            return listed;
        }
        NavigableMap<String, Descriptor> present = new TreeMap<>(listed);
        present.values().removeIf(one -> !there.contains(one.digest()));
        return present;
    }

    private Optional<Known> recall(Key key) {
        lock.lock();
        try {
            return Optional.ofNullable(recent.get(key));
        } finally {
            lock.unlock();
        }
    }

    private void keep(Key key, Known known) {
        lock.lock();
        try {
            Known before = recent.put(key, known);
            used += known.size() - (before == null ? 0 : before.size());
            for (Iterator<Known> eldest = recent.values().iterator(); used > ROOM; ) {
                used -= eldest.next().size();
                eldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }
}
