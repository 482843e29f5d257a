package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The layer gets a directory of its own that overlayfs lays over the others. Those are looked at
/// only when something depends on them: a parent directory that the layer doesn't have itself, or
/// a hard link to a file that it doesn't have.
public final class OverlaidBelow implements Below {
    private static final ByteString YES = ByteString.of("y");

    private final Opener opener;
    private final Set<EntryPath> opaque = new HashSet<>();
    private @Nullable Opened opened;

    /// Gives the layers below as one tree, when that is needed.
    public interface Opener {
        Opened open() throws IOException;
    }

    /// The tree and what must be closed after it.
    ///
    /// @param root null if there is nothing below
    public record Opened(@Nullable Directory root, AutoCloseable mount) {}

    public OverlaidBelow(Opener opener) {
        this.opener = opener;
    }

    @Override
    public Xattrs kind() {
        return Xattrs.OVERLAY;
    }

    @Override
    public @Nullable FileStatus status(EntryPath path) throws IOException {
        EntryPath parent = path.parent().orElseThrow();
        Directory root = root();
        if (root == null || isHidden(parent)) {
            return null;
        }
        try (DirectoryCursor cursor = new DirectoryCursor(root)) {
            Directory directory = cursor.enter(parent);
            return directory == null ? null : directory.statusIfPresent(path.nameLatin1());
        }
    }

    @Override
    public Directory directory(EntryPath path) throws IOException {
        Directory at = Objects.requireNonNull(root()).directory(".");
        for (String name : path.isRoot() ? new String[0] : path.latin1().split("/", -1)) {
            try (Directory above = at) {
                at = above.directory(name);
            }
        }
        return at;
    }

    @Override
    public boolean isDeletion(FileStatus status) {
        return status.isWhiteout();
    }

    /// Where nothing is below there may be no whiteout: in a directory of one layer alone overlayfs
    /// lists it.
    @Override
    public void delete(Directory directory, String name, EntryPath path) throws IOException {
        FileStatus status = directory.statusIfPresent(name);
        if (status == null) {
            if (status(path) != null) {
                directory.makeWhiteout(name);
            }
            return;
        }
        if (status.isDirectory()) {
            try (Directory child = directory.directory(name)) {
                hide(child, path);
            }
        }
    }

    /// The root of a layer can't be opaque, overlayfs doesn't look: there each name is deleted.
    @Override
    public void hide(Directory directory, EntryPath path) throws IOException {
        if (!path.isRoot()) {
            directory.setXattr(Xattrs.OPAQUE, YES);
            opaque.add(path);
            for (String name : directory.names()) {
                if (directory.status(name).isWhiteout()) {
                    directory.removeTree(name);
                }
            }
            return;
        }
        Directory root = root();
        if (root != null) {
            for (String name : root.names()) {
                delete(directory, name, path.child(name));
            }
        }
    }

    @Override
    public void made(EntryPath path) {
        // what is in the directory was made by this layer
    }

    @Override
    public void replacedByDirectory(Directory directory, EntryPath path) throws IOException {
        hide(directory, path);
    }

    @Override
    public void close() throws IOException {
        Opened known = opened;
        if (known == null) {
            return;
        }
        opened = null;
        try {
            if (known.root() != null) {
                known.root().close();
            }
            known.mount().close();
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private @Nullable Directory root() throws IOException {
        Opened known = opened;
        if (known == null) {
            known = opener.open();
            opened = known;
        }
        return known.root();
    }

    private boolean isHidden(EntryPath path) {
        if (opaque.isEmpty()) {
            return false;
        }
        for (EntryPath at = path; ; at = at.parent().orElseThrow()) {
            if (opaque.contains(at)) {
                return true;
            }
            if (at.isRoot()) {
                return false;
            }
        }
    }
}
