package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// How a layer that is being unpacked meets the layers below it. No path here has a symlink in it.
public interface Below extends AutoCloseable {

    /// How extended attributes are kept where the layer goes.
    Xattrs kind();

    /// What is below, where the layer's own directory has nothing; null if nothing is.
    @Nullable FileStatus status(EntryPath path) throws IOException;

    /// A directory below.
    Directory directory(EntryPath path) throws IOException;

    /// Whether an entry of the layer's directory stands for a deletion.
    boolean isDeletion(FileStatus status);

    /// Makes `name` gone unless this layer has made it.
    void delete(Directory directory, String name, EntryPath path) throws IOException;

    /// Hides what `directory` had, but for what this layer has made in it.
    void hide(Directory directory, EntryPath path) throws IOException;

    /// Learns that the layer has an entry there.
    void made(EntryPath path);

    /// Learns that a directory took the place of something of this layer.
    void replacedByDirectory(Directory directory, EntryPath path) throws IOException;

    @Override
    void close() throws IOException;
}
