package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.DurableFiles;
import dev.jbuild.store.ImageStore;
import dev.jbuild.store.ProcessLock;
import dev.jbuild.store.StoreException;
import dev.jbuild.store.TempSpace;
import dev.jbuild.store.layer.LayerIndex;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// A store directory: an OCI image layout (`oci-layout`, `index.json`, `blobs/`) that other tools
/// can read, and beside it what only jbuild knows (`layers/`, `snapshots/`, `cache/`, `tmp/`).
/// Open in several processes at once.
public final class Store implements AutoCloseable {
    private static final String LAYOUT = "{\"imageLayoutVersion\":\"1.0.0\"}";
    private static final String EMPTY_INDEX =
            "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                    + "\"manifests\":[]}";

    private final Path root;
    private final DirectoryBlobStore blobs;
    private final ImageStore images;
    private final LayerIndex layers;
    private final List<Closeable> dependents = new CopyOnWriteArrayList<>();

    private Store(Path root, DirectoryBlobStore blobs) {
        this.root = root;
        this.blobs = blobs;
        this.images = new ImageStore(blobs);
        this.layers = new LayerIndex(root.resolve("layers"), blobs.temp());
    }

    /// Opens the store in a directory, which is made if need be.
    ///
    /// @throws StoreException if the directory can't be written, or holds something else
    public static Store open(Path root) throws IOException {
        Path absolute = root.toAbsolutePath().normalize();
        requireStoreOrEmpty(absolute);
        DirectoryBlobStore blobs = new DirectoryBlobStore(absolute);
        try {
            Store store = new Store(absolute, blobs);
            store.initialise();
            return store;
        } catch (IOException | RuntimeException e) {
            blobs.close();
            throw e;
        }
    }

    public Path root() {
        return root;
    }

    public DirectoryBlobStore blobs() {
        return blobs;
    }

    public ImageStore images() {
        return images;
    }

    public LayerIndex layers() {
        return layers;
    }

    /// Temporary files on the file system of the store, removed when it is closed, or after the
    /// death of this process by the next one that opens it.
    public TempSpace temp() {
        return blobs.temp();
    }

    /// Where snapshots of root file systems belong; exists.
    public Path snapshotsDirectory() {
        return root.resolve("snapshots");
    }

    /// Writes the file that marks an OCI image layout.
    public void writeMark() throws IOException {
        DurableFiles.replace(
                root.resolve("oci-layout"), temp().next("new"), LAYOUT.getBytes(UTF_8));
    }

    /// Where damaged blobs are put aside; need not exist.
    public Path quarantineDirectory() {
        return root.resolve("quarantine");
    }

    /// Where the build cache belongs; exists.
    public Path cacheDirectory() {
        return root.resolve("cache");
    }

    /// Has something that works in the store's directories closed with it, before it.
    public void closeWithThis(Closeable dependent) {
        dependents.add(dependent);
    }

    /// The last that was given to [#closeWithThis] is closed first.
    @Override
    public void close() throws IOException {
        @Nullable IOException failure = null;
        for (Closeable dependent : dependents.reversed()) {
            try {
                dependent.close();
            } catch (IOException e) {
                failure = e;
            }
        }
        blobs.close();
        if (failure != null) {
            throw failure;
        }
    }

    private static void requireStoreOrEmpty(Path root) throws IOException {
        if (!Files.isDirectory(root)
                || Files.exists(root.resolve("oci-layout"))
                || hasLostItsMark(root)) {
            return;
        }
        try (var children = Files.list(root)) {
            boolean foreign =
                    children.map(child -> child.getFileName().toString())
                            .anyMatch(name -> !name.equals("tmp") && !name.equals("lock"));
            // Looked at again: another process may have made the store just now.
            if (foreign && !Files.exists(root.resolve("oci-layout"))) {
                throw new StoreException(
                        root,
                        "the directory holds something else (it has no file 'oci-layout'); choose"
                                + " an empty one");
            }
        }
    }

    /// A store of which only the mark is gone; it is written again.
    private static boolean hasLostItsMark(Path root) {
        return Files.isDirectory(root.resolve("blobs"))
                && Files.isDirectory(root.resolve("snapshots"))
                && Files.isDirectory(root.resolve("cache"));
    }

    /// The file that marks a layout comes first, so that an opener that died half-way, or comes at
    /// the same time, does not make the directory look like something else.
    private void initialise() throws IOException {
        try (ProcessLock _ = ProcessLock.acquire(root.resolve("lock"))) {
            createFile(root.resolve("oci-layout"), LAYOUT);
            if (!Files.exists(root.resolve(ImageStore.INDEX)) && !images.restoreCopy()) {
                createFile(root.resolve(ImageStore.INDEX), EMPTY_INDEX);
            }
            DurableFiles.createDirectories(root.resolve("blobs").resolve("sha256"));
            DurableFiles.createDirectories(snapshotsDirectory());
            DurableFiles.createDirectories(cacheDirectory());
        }
    }

    private void createFile(Path file, String content) throws IOException {
        if (!Files.exists(file)) {
            DurableFiles.replace(file, temp().next("new"), content.getBytes(UTF_8));
        }
    }
}
