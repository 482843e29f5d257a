package dev.jbuild.overlay.tree;

import dev.jbuild.overlay.linux.Descriptor;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Errno;
import dev.jbuild.overlay.linux.SyscallException;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.Printable;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Sets the metadata of inodes, each in the order that the kernel needs: a write takes set-uid bits
/// and capabilities away, a change of owner too, and everything the mtime.
final class MetadataWriter {
    private static final int MOST_WARNED = 100;

    private final Xattrs kind;
    private final NewFiles newFiles;
    private final Consumer<String> warnings;
    private final Set<String> warned = new HashSet<>();

    MetadataWriter(Xattrs kind, NewFiles newFiles, Consumer<String> warnings) {
        this.kind = kind;
        this.newFiles = newFiles;
        this.warnings = warnings;
    }

    /// Of a file just made with `createFile(name, openMode(metadata))`, after its content.
    void ofNewFile(Descriptor file, Metadata metadata) throws SyscallException {
        boolean owned = newFiles.isOwner(metadata.uid(), metadata.gid());
        if (!owned) {
            chown(() -> file.chown(metadata.uid(), metadata.gid()));
        }
        if (!newFiles.getsMode(metadata.mode())) {
            file.chmod(metadata.mode());
        }
        xattrs(metadata, file::label, file::setXattr);
        file.utimes(metadata.mtime());
    }

    /// Whether a directory that this process made with `mode` has all of `metadata` but its mtime.
    boolean isComplete(int mode, Metadata metadata) {
        return kind == Xattrs.OVERLAY
                && metadata.mode() == mode
                && newFiles.getsMode(mode)
                && newFiles.isOwner(metadata.uid(), metadata.gid())
                && metadata.xattrs().isEmpty();
    }

    /// The mode to make a directory with: the one it will have, if it can be worked in until then.
    int directoryMode(Metadata metadata) {
        boolean passable = (metadata.mode() & 0300) == 0300;
        return passable && newFiles.getsMode(metadata.mode()) ? metadata.mode() : 0700;
    }

    static int openMode(Metadata metadata) {
        // never more than it will have, and writable for whoever isn't root
        return metadata.mode() & 0777;
    }

    /// Of anything open.
    void of(Descriptor inode, Metadata metadata) throws SyscallException {
        chown(() -> inode.chown(metadata.uid(), metadata.gid()));
        inode.chmod(metadata.mode());
        xattrs(metadata, inode::label, inode::setXattr);
        inode.utimes(metadata.mtime());
    }

    /// Of a symlink or special file.
    void of(Directory directory, String name, boolean symlink, Metadata metadata)
            throws SyscallException {
        if (!newFiles.isOwner(metadata.uid(), metadata.gid())) {
            chown(() -> directory.chown(name, metadata.uid(), metadata.gid()));
        }
        if (!symlink) {
            directory.chmod(name, metadata.mode());
        }
        xattrs(
                metadata,
                () -> directory.label() + "/" + Printable.of(name),
                (xattr, value) -> setOfSpecial(directory, name, xattr, value));
        directory.utimes(name, metadata.mtime());
    }

    /// Linux has no `user.*` of what is neither a file nor a directory (xattr(7)); an archive may.
    private void setOfSpecial(Directory directory, String name, String xattr, ByteString value)
            throws SyscallException {
        try {
            directory.setXattr(name, xattr, value);
        } catch (SyscallException e) {
            if (e.errno() != Errno.EPERM || !xattr.startsWith("user.")) {
                throw e;
            }
            if (warned.size() < MOST_WARNED && warned.add(xattr)) {
                warnings.accept(
                        "extended attribute "
                                + Printable.of(xattr)
                                + " of '"
                                + directory.label()
                                + "/"
                                + Printable.of(name)
                                + "' is left out: Linux has none of this kind here");
            }
        }
    }

    private interface Setter {
        void set(String name, ByteString value) throws SyscallException;
    }

    private interface Chown {
        void run() throws SyscallException;
    }

    private static void chown(Chown chown) throws SyscallException {
        try {
            chown.run();
        } catch (SyscallException e) {
            throw switch (e.errno()) {
                case Errno.EPERM ->
                        e.withHint(
                                "this user may not give files to others; run as root, or through"
                                        + " the jbuild launcher, which makes a user namespace");
                case Errno.EINVAL ->
                        e.withHint(
                                "the owner has no id in this user namespace; give the user a"
                                        + " larger range in /etc/subuid and /etc/subgid");
                default -> e;
            };
        }
    }

    /// Those that belong to a layer; others are the host's affair (see [Xattrs]), and a layer that
    /// brings some is not to set them.
    private void xattrs(Metadata metadata, Supplier<String> label, Setter setter)
            throws SyscallException {
        if (metadata.xattrs().isEmpty()) {
            return;
        }
        for (Map.Entry<String, ByteString> xattr : metadata.xattrs().entrySet()) {
            String name = xattr.getKey();
            if (Xattrs.belongsToLayer(name)) {
                setter.set(kind.stored(name), xattr.getValue());
            } else if (warned.size() < MOST_WARNED && warned.add(name)) {
                warnings.accept(
                        "extended attribute "
                                + Printable.of(name)
                                + " of '"
                                + label.get()
                                + "' (and of others) is left out: it is not of a kind that layers"
                                + " set");
            }
        }
    }
}
