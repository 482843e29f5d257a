package dev.jbuild.overlay.linux;

import java.time.Instant;

/// What statx(2) tells about an inode.
///
/// @param mode type and permission bits
/// @param device major and minor of the file system, the major in the upper 32 bits
/// @param blocks of 512 bytes that are allocated
/// @param rdevMajor of a device node
/// @param rdevMinor of a device node
public record FileStatus(
        int mode,
        int links,
        long uid,
        long gid,
        long inode,
        long device,
        long size,
        long blocks,
        long mtimeSeconds,
        int mtimeNanos,
        long ctimeSeconds,
        int ctimeNanos,
        int rdevMajor,
        int rdevMinor) {
    private static final int S_IFMT = 0170000;

    /// The kinds of inodes (inode(7)).
    public enum Type {
        REGULAR,
        DIRECTORY,
        SYMLINK,
        CHARACTER_DEVICE,
        BLOCK_DEVICE,
        FIFO,
        SOCKET
    }

    public Type type() {
        return switch (mode & S_IFMT) {
            case 0100000 -> Type.REGULAR;
            case 0040000 -> Type.DIRECTORY;
            case 0120000 -> Type.SYMLINK;
            case 0020000 -> Type.CHARACTER_DEVICE;
            case 0060000 -> Type.BLOCK_DEVICE;
            case 0010000 -> Type.FIFO;
            case 0140000 -> Type.SOCKET;
            default ->
                    throw new IllegalStateException(
                            "statx gave mode "
                                    + Integer.toOctalString(mode)
                                    + ", of no known type");
        };
    }

    public boolean isDirectory() {
        return (mode & S_IFMT) == 0040000;
    }

    public boolean isRegular() {
        return (mode & S_IFMT) == 0100000;
    }

    public boolean isSymlink() {
        return (mode & S_IFMT) == 0120000;
    }

    /// Whether overlayfs takes it for a deletion (Documentation/filesystems/overlayfs.rst,
    /// "whiteouts and opaque directories").
    public boolean isWhiteout() {
        return (mode & S_IFMT) == 0020000 && rdevMajor == 0 && rdevMinor == 0;
    }

    public boolean isSocket() {
        return (mode & S_IFMT) == 0140000;
    }

    /// Whether less is allocated than the content has.
    public boolean isSparse() {
        return isRegular() && size / 512 > blocks;
    }

    /// Permission bits with set-uid, set-gid and sticky.
    public int permissions() {
        return mode & 07777;
    }

    public Instant mtime() {
        return Instant.ofEpochSecond(mtimeSeconds, mtimeNanos);
    }
}
