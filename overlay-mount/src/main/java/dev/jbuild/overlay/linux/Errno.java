package dev.jbuild.overlay.linux;

/// Error numbers of Linux (errno(3)); those here are the same on x86-64 and aarch64.
public final class Errno {
    public static final int EPERM = 1;
    public static final int ENOENT = 2;
    public static final int EINTR = 4;
    public static final int EIO = 5;
    public static final int ENXIO = 6;
    public static final int EBADF = 9;
    public static final int EAGAIN = 11;
    public static final int EACCES = 13;
    public static final int EBUSY = 16;
    public static final int EEXIST = 17;
    public static final int EXDEV = 18;
    public static final int ENODEV = 19;
    public static final int ENOTDIR = 20;
    public static final int EISDIR = 21;
    public static final int EINVAL = 22;
    public static final int EMFILE = 24;
    public static final int EFBIG = 27;
    public static final int ENOSPC = 28;
    public static final int EROFS = 30;
    public static final int EMLINK = 31;
    public static final int ERANGE = 34;
    public static final int ENAMETOOLONG = 36;
    public static final int ENOSYS = 38;
    public static final int ENOTEMPTY = 39;
    public static final int ELOOP = 40;
    public static final int ENODATA = 61;
    public static final int EOPNOTSUPP = 95;
    public static final int EDQUOT = 122;

    private Errno() {}

    /// Name and meaning, such as `ENOENT: no such file or directory`.
    public static String describe(int errno) {
        return switch (errno) {
            case EPERM -> "EPERM: operation not permitted";
            case ENOENT -> "ENOENT: no such file or directory";
            case EINTR -> "EINTR: interrupted";
            case EIO -> "EIO: input/output error; look at the kernel's log (dmesg)";
            case EBADF -> "EBADF: the directory above it is closed";
            case EAGAIN -> "EAGAIN: temporarily unavailable";
            case EACCES -> "EACCES: permission denied";
            case EBUSY -> "EBUSY: in use";
            case EEXIST -> "EEXIST: exists already";
            case EXDEV -> "EXDEV: on another file system";
            case ENODEV -> "ENODEV: this kernel has no such file system or device";
            case ENOTDIR -> "ENOTDIR: not a directory";
            case EISDIR -> "EISDIR: is a directory";
            case EINVAL -> "EINVAL: invalid argument";
            case EMFILE -> "EMFILE: too many open files; raise the limit (ulimit -n)";
            case EFBIG -> "EFBIG: the file is larger than the file system or a limit allows";
            case ENOSPC ->
                    "ENOSPC: no space (or no inodes) left on the device; free some, for example"
                            + " with jbuild prune";
            case EROFS -> "EROFS: the file system is read-only";
            case EMLINK -> "EMLINK: too many links";
            case ERANGE -> "ERANGE: result too large";
            case ENAMETOOLONG -> "ENAMETOOLONG: the name is too long for this file system";
            case ENOSYS -> "ENOSYS: this kernel (or a seccomp filter) doesn't have the call";
            case ENOTEMPTY -> "ENOTEMPTY: the directory isn't empty";
            case ELOOP -> "ELOOP: a symlink stands in the way, or too many of them";
            case ENODATA -> "ENODATA: no such attribute";
            case EOPNOTSUPP -> "EOPNOTSUPP: the file system doesn't support it";
            case EDQUOT -> "EDQUOT: the disk quota is used up";
            default -> "errno " + errno;
        };
    }
}
