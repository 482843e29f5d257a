package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.CopiedBelow;
import dev.jbuild.overlay.tree.LayerUnpacker;
import dev.jbuild.store.layer.LayerSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// A layer unpacked as plain files in a workspace, with which it goes.
record AsideView(Workspace workspace) implements SnapshotView {

    static AsideView unpack(
            SnapshotDirectory directory, LayerSource layer, Consumer<String> warnings)
            throws IOException {
        Workspace workspace = directory.open(Optional.empty());
        try (Libc libc = Libc.open()) {
            RootMetadata.inherit(libc, Optional.empty(), workspace.files());
            try (Directory root = Directory.open(libc, workspace.files());
                    LayerUnpacker unpacker = new LayerUnpacker(root, new CopiedBelow(), warnings)) {
                unpacker.unpack(layer);
            }
            return new AsideView(workspace);
        } catch (IOException | RuntimeException e) {
            Closing.after(e, workspace);
            throw e;
        }
    }

    @Override
    public Path root() {
        return workspace.files();
    }

    @Override
    public void close() throws IOException {
        workspace.close();
    }
}
