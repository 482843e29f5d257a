package dev.jbuild.overlay.linux;

import java.nio.file.Path;

/// mount(2) and umount2(2).
public final class Mounting {
    public static final long MS_RDONLY = 1;
    public static final long MS_NOSUID = 2;
    public static final long MS_NODEV = 4;
    public static final long MS_NOEXEC = 8;
    public static final long MS_REMOUNT = 32;
    public static final long MS_BIND = 4096;
    public static final long MS_REC = 16384;

    /// The kernel copies one page of options, the 0 at the end included.
    public static final int OPTIONS_LIMIT = 4095;

    private static final int MNT_DETACH = 2;

    private Mounting() {}

    /// @param source a path as bytes, or any name for kinds of file systems without a device
    public static void mount(
            Libc libc, String source, Path target, String type, long flags, String options)
            throws SyscallException {
        int result = libc.mount(source, Paths.latin1(target), type, flags, options);
        if (result < 0) {
            throw new SyscallException(
                    "mount " + type + (type.isEmpty() ? "" : " ") + "on",
                    "'" + target + "'",
                    -result);
        }
    }

    /// Unmounts; what is still in use goes when its last user does.
    public static void unmount(Libc libc, Path target) throws SyscallException {
        String path = Paths.latin1(target);
        int result = libc.umount2(path, 0);
        if (result == -Errno.EBUSY) {
            result = libc.umount2(path, MNT_DETACH);
        }
        Libc.check(result, "umount", target.toString());
    }

    /// Unmounts if it is a mount point.
    public static void unmountIfMounted(Libc libc, Path target) throws SyscallException {
        int result = libc.umount2(Paths.latin1(target), MNT_DETACH);
        if (result != -Errno.EINVAL && result != -Errno.ENOENT && result != -Errno.EPERM) {
            Libc.check(result, "umount", target.toString());
        }
    }
}
