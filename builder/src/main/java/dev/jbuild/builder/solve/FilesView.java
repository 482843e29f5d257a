package dev.jbuild.builder.solve;

import dev.jbuild.overlay.SnapshotView;
import dev.jbuild.store.TempSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files of a stage or an image for reading; the caller closes it.
record FilesView(Path root, Closing closing) implements AutoCloseable {
    /// What has to be undone.
    interface Closing {
        void close() throws IOException;
    }

    static FilesView of(SnapshotView view) {
        return new FilesView(view.root(), view::close);
    }

    /// A file system without any layer.
    static FilesView empty(TempSpace temp) throws IOException {
        Path directory = Files.createDirectory(temp.next("empty"));
        return new FilesView(directory, () -> Files.delete(directory));
    }

    @Override
    public void close() throws IOException {
        closing.close();
    }
}
