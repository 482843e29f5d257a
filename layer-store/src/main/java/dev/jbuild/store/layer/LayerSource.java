package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// Gives the entries of a layer in the order they stand.
public interface LayerSource extends AutoCloseable {

    /// The next entry, or empty at the end. What remained of the entry before is skipped.
    Optional<TarEntry> next() throws IOException;

    /// The content of the regular file that [#next] gave last; ends after its size. Need not be
    /// closed.
    InputStream content();

    /// Passes over a hole of a sparse file, where [#content] would give zeros.
    ///
    /// @return its bytes; 0 if there is none at the current position
    default long skipHole() throws IOException {
        return 0;
    }

    @Override
    void close() throws IOException;
}
