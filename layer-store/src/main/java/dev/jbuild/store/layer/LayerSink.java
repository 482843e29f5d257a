package dev.jbuild.store.layer;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/// Takes the entries of a layer, sorted by path: a directory before what is in it, its opaque
/// marker before its children.
public interface LayerSink {
    /// The time to which later mtimes are lowered (`SOURCE_DATE_EPOCH`). Who compares trees to find
    /// what to give has to compare them lowered, as a tree that was unpacked from layers has them.
    default Optional<Instant> clamp() {
        return Optional.empty();
    }

    /// Adds a file with its content.
    ///
    /// @param content at least `file.size()` bytes, of which exactly that many are read; not closed
    /// @throws java.io.EOFException if there are fewer
    void add(TarEntry.RegularFile file, InputStream content) throws IOException;

    /// Adds a file with its content, and tells the sha256 of that.
    ///
    /// @param told takes it, maybe later and by another thread
    default void add(TarEntry.RegularFile file, InputStream content, Consumer<Digest> told)
            throws IOException {
        DigestInputStream hashed = new DigestInputStream(content, DigestAlgorithm.SHA256.newHash());
        add(file, hashed);
        told.accept(Digest.finish(DigestAlgorithm.SHA256, hashed.getMessageDigest()));
    }

    /// Adds anything that has no content.
    void add(TarEntry entry) throws IOException;

    /// Records that `path`, which a lower layer has, is gone.
    void whiteout(EntryPath path) throws IOException;

    /// Records that nothing of what lower layers have in `directory` is seen.
    void opaque(EntryPath directory) throws IOException;
}
