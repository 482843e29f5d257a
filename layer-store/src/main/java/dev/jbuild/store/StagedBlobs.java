package dev.jbuild.store;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Blobs that come from elsewhere, verified but in temporary files until it is known that all that
/// belongs together is sound. To a reader they are in the store already; to all others only after
/// [#publish]. Closed without it, they leave nothing. Safe for use by several threads.
public final class StagedBlobs implements BlobStore, AutoCloseable {
    private final DirectoryBlobStore store;
    private final Map<Digest, Path> staged = new ConcurrentHashMap<>();

    /// @param store where the blobs are to go, and where what is there already is read from
    public StagedBlobs(DirectoryBlobStore store) {
        this.store = store;
    }

    @Override
    public OptionalLong size(Digest digest) throws IOException {
        Path file = staged.get(digest);
        return file == null ? store.size(digest) : OptionalLong.of(Files.size(file));
    }

    @Override
    public FileChannel open(Digest digest) throws IOException {
        Path file = staged.get(digest);
        return file == null ? store.open(digest) : FileChannel.open(file, StandardOpenOption.READ);
    }

    @Override
    public BlobWriter create() throws IOException {
        return create(DigestAlgorithm.SHA256);
    }

    /// Begins a new blob that will be committed under a digest of a known algorithm.
    public BlobWriter create(DigestAlgorithm algorithm) throws IOException {
        return store.create(algorithm, (_, file, digest) -> stage(file, digest));
    }

    @Override
    public void delete(Digest digest) throws IOException {
        Path file = staged.remove(digest);
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }

    /// Those that are staged.
    @Override
    public Stream<Digest> list() {
        return staged.keySet().stream();
    }

    /// Moves staged blobs into the store, each durable when this returns.
    ///
    /// @param wanted those that are staged; others are passed over
    public void publish(Collection<Digest> wanted) throws IOException {
        for (Digest digest : wanted) {
            Path file = staged.get(digest);
            if (file != null) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    store.publish(channel, file, digest);
                }
                delete(digest);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (Digest digest : staged.keySet()) {
            delete(digest);
        }
    }

    private void stage(Path written, Digest digest) throws IOException {
        Path file = store.temp().next("staged");
        Files.move(written, file);
        Path before = staged.put(digest, file);
        if (before != null) {
            Files.deleteIfExists(before);
        }
    }
}
