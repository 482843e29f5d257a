package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import java.io.IOException;
import java.nio.file.Path;

/// A short name of a directory that is open: paths through it may lead where the kernel takes no
/// path from the root, to more than 4,096 bytes below it. Made and closed by one thread; the name
/// can be used by any of this process.
public final class ShortPath implements AutoCloseable {
    private final Libc libc;
    private final Directory directory;

    private ShortPath(Libc libc, Directory directory) {
        this.libc = libc;
        this.directory = directory;
    }

    public static ShortPath of(Path directory) throws IOException {
        Libc libc = Libc.open();
        try {
            return new ShortPath(libc, Directory.open(libc, directory));
        } catch (IOException | RuntimeException e) {
            libc.close();
            throw e;
        }
    }

    /// Of no use after closing.
    public Path path() throws IOException {
        return Path.of(directory.procPath());
    }

    @Override
    public void close() {
        directory.close();
        libc.close();
    }
}
