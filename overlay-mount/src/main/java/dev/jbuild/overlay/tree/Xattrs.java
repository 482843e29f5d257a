package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Descriptor;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.ByteString;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/// Which extended attributes belong to a layer, and the names they have on disk.
///
/// `user.*`, file capabilities and access control lists do. `trusted.*` and the other `security.*`
/// are of the host (an ordinary user can't even see the former); docker and podman leave them out
/// of layers too.
public enum Xattrs {
    /// As they are.
    PLAIN,

    /// In a layer directory of an overlay with `userxattr`: `user.overlay.*` is overlayfs's own,
    /// and a file's own `user.overlay.x` is kept as `user.overlay.overlay.x`
    /// (Documentation/filesystems/overlayfs.rst, "Nesting overlayfs mounts"; Linux 6.7).
    OVERLAY;

    private static final String OWN = "user.overlay.";
    private static final String ESCAPED = "user.overlay.overlay.";

    /// The attribute of a directory whose lower ones are hidden.
    static final String OPAQUE = "user.overlay.opaque";

    static final String DEFAULT_ACL = "system.posix_acl_default";
    private static final String ACCESS_ACL = "system.posix_acl_access";
    private static final String CAPABILITY = "security.capability";

    static boolean belongsToLayer(String name) {
        return name.startsWith("user.")
                || name.equals(CAPABILITY)
                || name.equals(ACCESS_ACL)
                || name.equals(DEFAULT_ACL);
    }

    public SortedMap<String, ByteString> of(Descriptor file) throws SyscallException {
        return named(file.xattrs(this::isFilesOwn));
    }

    /// Of a symlink or special file.
    public SortedMap<String, ByteString> of(Directory directory, String name)
            throws SyscallException {
        return named(directory.xattrs(name, this::isFilesOwn));
    }

    /// Of what a path leads to, which isn't followed if it is a symlink itself.
    public SortedMap<String, ByteString> of(Libc libc, Path path) throws SyscallException {
        return named(Directory.xattrs(libc, path, this::isFilesOwn));
    }

    /// The name on disk.
    String stored(String name) {
        return this == OVERLAY && name.startsWith(OWN)
                ? ESCAPED + name.substring(OWN.length())
                : name;
    }

    private boolean isFilesOwn(String stored) {
        return belongsToLayer(stored)
                && (this == PLAIN || !stored.startsWith(OWN) || stored.startsWith(ESCAPED));
    }

    private SortedMap<String, ByteString> named(SortedMap<String, ByteString> stored) {
        if (this == PLAIN || stored.isEmpty()) {
            return stored;
        }
        SortedMap<String, ByteString> named = new TreeMap<>();
        stored.forEach(
                (name, value) ->
                        named.put(
                                name.startsWith(ESCAPED)
                                        ? OWN + name.substring(ESCAPED.length())
                                        : name,
                                value));
        return named;
    }
}
