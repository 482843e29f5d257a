package dev.jbuild.overlay;

import dev.jbuild.overlay.Capabilities.Feature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Chooses a [Snapshotter].
public final class Snapshotters {
    private Snapshotters() {}

    /// What the user asks for.
    public enum Choice {
        /// Overlay if it works here, else copies, with a warning that says why.
        AUTO,
        OVERLAY,
        COPY
    }

    /// Opens the snapshots in `directory`. Each kind has a directory of its own there. Mounts
    /// nothing, but for one trial in each boot with `AUTO`.
    ///
    /// @param namespace what the launcher has put into JBUILD_NAMESPACE, see [Capabilities]
    /// @param warnings as for [OverlaySnapshotter]
    /// @throws IOException if `OVERLAY` is asked for outside a mount namespace of this process's
    ///     own
    public static Snapshotter open(
            Path directory, Choice choice, Optional<String> namespace, Consumer<String> warnings)
            throws IOException {
        Path overlay = directory.resolve("overlay");
        Path copy = directory.resolve("copy");
        return switch (choice) {
            case COPY -> new CopySnapshotter(copy, warnings);
            case OVERLAY ->
                    switch (Capabilities.namespace(namespace)) {
                        case Feature.Available _ -> new OverlaySnapshotter(overlay, warnings);
                        case Feature.Missing missing ->
                                throw new IOException(
                                        "no overlay is mounted: "
                                                + missing.reason()
                                                + "; "
                                                + missing.remedy());
                    };
            case AUTO ->
                    switch (overlayFeature(overlay, namespace)) {
                        case Feature.Available _ -> new OverlaySnapshotter(overlay, warnings);
                        case Feature.Missing missing -> {
                            warnings.accept(
                                    "every step copies the whole root file system: "
                                            + missing.reason()
                                            + "; "
                                            + missing.remedy()
                                                    .replace(", or choose --snapshotter=copy", ""));
                            yield new CopySnapshotter(copy, warnings);
                        }
                    };
        };
    }

    /// Asks the kernel once in each boot: later the answer is remembered.
    private static Feature overlayFeature(Path overlay, Optional<String> namespace)
            throws IOException {
        Feature own = Capabilities.namespace(namespace);
        if (!own.isAvailable()) {
            return own;
        }
        Path remembered = overlay.resolve("works");
        String boot = SnapshotRecord.currentBoot();
        try {
            if (Files.readString(remembered).equals(boot)) {
                return own;
            }
        } catch (NoSuchFileException unknown) {
            // asked now
        }
        Feature feature = Capabilities.probe(overlay, namespace).overlay();
        if (feature.isAvailable()) {
            Files.writeString(remembered, boot);
        }
        return feature;
    }
}
