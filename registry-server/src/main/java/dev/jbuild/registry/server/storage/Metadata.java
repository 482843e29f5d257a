package dev.jbuild.registry.server.storage;

import java.io.IOException;
import java.nio.file.Path;

/// The transactional index: all that the registry knows of its content but the bytes. What its
/// parts change is permanent when their methods return, and each method that changes something is
/// one transaction. Implemented by SQLite; a database for several servers would implement the same.
/// Safe for use by several threads.
public interface Metadata extends AutoCloseable {
    RepositoryIndex repositories();

    ManifestIndex manifests();

    UploadIndex uploads();

    GarbageIndex garbage();

    RetentionIndex retention();

    Outbox outbox();

    ContentIndex contents();

    /// Writes the index, as it is at one moment, into a new file of the same kind.
    void copyTo(Path file) throws StorageException;

    /// Makes the journal beside the index short again if it has grown. Cheap if it has not.
    void compactJournal() throws IOException;

    /// Another number after each change than before it, as soon as whoever made the change is told
    /// that it is done: as long as it stays the same, what was looked up is still so. Cheap to ask.
    long generation();

    /// What there is in all, counted as it comes and goes, so that asking costs the same at any
    /// size.
    ///
    /// @param blobs contents, manifests among them, each counted once
    /// @param bytes of those, on the disk
    record Totals(long repositories, long manifests, long tags, long blobs, long bytes) {}

    Totals totals() throws StorageException;

    /// Everything acknowledged is permanent before as well.
    @Override
    void close() throws StorageException;
}
