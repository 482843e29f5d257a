package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.FileStatus;
import java.io.IOException;

/// Metadata that a directory takes from the one below it.
public final class Inheritance {
    private Inheritance() {}

    /// Gives the root of a layer what the root of the layer below it has, the marks of overlayfs
    /// aside.
    public static void copyRoot(Directory below, Directory fresh) throws IOException {
        FileStatus status = below.status();
        fresh.chown(status.uid(), status.gid());
        fresh.chmod(status.permissions());
        for (var xattr : Xattrs.OVERLAY.of(below).entrySet()) {
            fresh.setXattr(Xattrs.OVERLAY.stored(xattr.getKey()), xattr.getValue());
        }
        fresh.utimes(status.mtime());
    }
}
