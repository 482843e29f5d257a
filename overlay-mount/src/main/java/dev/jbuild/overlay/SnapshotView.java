package dev.jbuild.overlay;

import java.io.IOException;
import java.nio.file.Path;

/// A snapshot mounted for reading.
public interface SnapshotView extends AutoCloseable {
    Path root();

    /// Unmounts it.
    @Override
    void close() throws IOException;
}
