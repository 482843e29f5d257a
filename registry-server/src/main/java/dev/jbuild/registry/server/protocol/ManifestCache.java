package dev.jbuild.registry.server.protocol;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.StorageException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The bytes of manifests read last, compared with their digests. Content never changes under its
/// digest, so nothing has to be taken out but what there is no room for. Owns its lock.
final class ManifestCache {
    private static final long ROOM = 16L * 1024 * 1024;
    private static final int LARGEST = 256 * 1024;

    private final ContentStore content;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Digest, byte[]> recent = new LinkedHashMap<>(64, 0.75f, true);
    private long used;

    ManifestCache(ContentStore content) {
        this.content = content;
    }

    /// @return not to be changed; empty if the disk has other bytes
    Optional<byte[]> read(Digest digest) throws StorageException {
        lock.lock();
        try {
            byte[] known = recent.get(digest);
            if (known != null) {
                return Optional.of(known);
            }
        } finally {
            lock.unlock();
        }
        byte[] bytes = content.read(digest);
        if (!Digest.of(digest.algorithm(), bytes).equals(digest)) {
            return Optional.empty();
        }
        if (bytes.length <= LARGEST) {
            keep(digest, bytes);
        }
        return Optional.of(bytes);
    }

    boolean has(Digest digest) {
        lock.lock();
        try {
            return recent.containsKey(digest);
        } finally {
            lock.unlock();
        }
    }

    private void keep(Digest digest, byte[] bytes) {
        lock.lock();
        try {
            if (recent.put(digest, bytes) == null) {
                used += bytes.length;
            }
            for (Iterator<byte[]> eldest = recent.values().iterator(); used > ROOM; ) {
                used -= eldest.next().length;
                eldest.remove();
            }
        } finally {
            lock.unlock();
        }
    }
}
