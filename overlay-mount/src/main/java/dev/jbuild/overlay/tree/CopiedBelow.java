package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.EntryPath;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The layers below are already in the directory that the layer goes to.
public final class CopiedBelow implements Below {
    private final Set<EntryPath> made = new HashSet<>();

    @Override
    public Xattrs kind() {
        return Xattrs.PLAIN;
    }

    @Override
    public @Nullable FileStatus status(EntryPath path) {
        return null;
    }

    @Override
    public Directory directory(EntryPath path) {
        throw new IllegalStateException("nothing is below a copy");
    }

    @Override
    public boolean isDeletion(FileStatus status) {
        return false;
    }

    @Override
    public void delete(Directory directory, String name, EntryPath path) throws SyscallException {
        FileStatus status = directory.statusIfPresent(name);
        if (status == null) {
            return;
        }
        if (!made.contains(path)) {
            directory.removeTree(name);
        } else if (status.isDirectory()) {
            try (Directory child = directory.directory(name)) {
                hide(child, path);
            }
        }
    }

    @Override
    public void hide(Directory directory, EntryPath path) throws SyscallException {
        for (String name : directory.names()) {
            delete(directory, name, path.child(name));
        }
    }

    @Override
    public void made(EntryPath path) {
        for (EntryPath at = path; !at.isRoot() && made.add(at); ) {
            at = at.parent().orElseThrow();
        }
    }

    @Override
    public void replacedByDirectory(Directory directory, EntryPath path) {
        // what was there is gone already
    }

    @Override
    public void close() {
        // nothing is open
    }
}
