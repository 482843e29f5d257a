package dev.jbuild.registry.server;

import dev.jbuild.store.FileTrees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where drivers unpack their native libraries to load them: `libraries/` in the root, which only
/// the holder of the root's lock uses. In the machine's directory for temporary files each killed
/// server would leave a copy for ever.
///
/// @param directory there only while libraries are loaded, or after a kill meanwhile
record Libraries(Path directory) implements AutoCloseable {
    private static final String SQLITE = "org.sqlite.tmpdir";
    private static final @Nullable String CHOSEN_BY_USER = System.getProperty(SQLITE);

    /// Takes effect for the libraries that this process has not loaded yet.
    static Libraries open(Path root) throws IOException {
        return in(root.resolve("libraries").toAbsolutePath());
    }

    /// For a command beside a server; the caller keeps others of its kind away.
    static Libraries besideServer(Path root) throws IOException {
        return in(root.resolve("libraries.accounts").toAbsolutePath());
    }

    private static Libraries in(Path directory) throws IOException {
        FileTrees.delete(directory);
        if (CHOSEN_BY_USER == null) {
            Files.createDirectory(directory);
            System.setProperty(SQLITE, directory.toString());
        }
        return new Libraries(directory);
    }

    /// A loaded library needs its file no more.
    @Override
    public void close() throws IOException {
        FileTrees.delete(directory);
    }
}
