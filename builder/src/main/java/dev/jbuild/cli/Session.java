package dev.jbuild.cli;

import dev.jbuild.builder.ImageBuilder;
import dev.jbuild.builder.exec.CommandRunner;
import dev.jbuild.builder.exec.OciCommandRunner;
import dev.jbuild.builder.image.StoreImages;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.Snapshotter;
import dev.jbuild.overlay.Snapshotters;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ParseResult;

/// What a command works with: where the store is, and where to print.
record Session(Path storeRoot, Console console) {
    /// Where zstd-jni unpacks its library to load it. In the machine's directory for temporary
    /// files a kill at that moment would leave it for ever.
    private static final String ZSTD_FOLDER = "ZstdTempFolder";

    private static final @Nullable String ZSTD_FOLDER_OF_USER = System.getProperty(ZSTD_FOLDER);

    static Session of(ParseResult args, Console console) {
        String root = args.matchedOptionValue("--root", "");
        return new Session(
                root.isEmpty() ? defaultRoot(console) : Path.of(root).toAbsolutePath(), console);
    }

    /// Opens the store, and removes what killed processes left in it; the caller closes it.
    Store openStore() throws IOException {
        Store store = Store.open(storeRoot);
        try {
            if (ZSTD_FOLDER_OF_USER == null) {
                System.setProperty(ZSTD_FOLDER, store.temp().directory().toString());
            }
            SnapshotInventory.sweep(store.snapshotsDirectory());
            return store;
        } catch (IOException | RuntimeException e) {
            store.close();
            throw e;
        }
    }

    /// The snapshots of the store, with overlay mounts if this process may make them. Closed with
    /// the store.
    Snapshotter openSnapshots(Store store) throws IOException {
        Snapshotter snapshots =
                Snapshotters.open(
                        store.snapshotsDirectory(),
                        Snapshotters.Choice.AUTO,
                        console.variable("JBUILD_NAMESPACE"),
                        warning -> console.err().println("warning: " + warning));
        store.closeWithThis(snapshots::close);
        return snapshots;
    }

    /// Runs commands in containers.
    CommandRunner openRunner(Store store) throws IOException {
        return OciCommandRunner.create(
                store.temp().directory(), store.cacheDirectory().resolve("runtime"));
    }

    /// Builds images into a store; what only an executed step needs is opened then.
    ImageBuilder imageBuilder(Store store, StoreImages.Source source) {
        return new ImageBuilder(
                store,
                () -> unchecked(() -> openSnapshots(store)),
                () -> unchecked(() -> openRunner(store)),
                source);
    }

    private interface Opening<T> {
        T open() throws IOException;
    }

    private static <T> T unchecked(Opening<T> opening) {
        try {
            return opening.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path defaultRoot(Console console) {
        return console.variable("JBUILD_ROOT")
                .map(Path::of)
                .orElseGet(() -> byUser(console))
                .toAbsolutePath();
    }

    private static Path byUser(Console console) {
        if (console.variable("JBUILD_USER_UID").orElse("0").equals("0")) {
            return Path.of("/var/lib/jbuild");
        }
        return console.variable("XDG_DATA_HOME")
                .map(Path::of)
                .orElseGet(() -> Path.of(console.variable("HOME").orElse("."), ".local", "share"))
                .resolve("jbuild");
    }
}
