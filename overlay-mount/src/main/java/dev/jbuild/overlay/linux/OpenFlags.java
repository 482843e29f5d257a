package dev.jbuild.overlay.linux;

/// Flags of open(2), two of which differ by architecture (asm/fcntl.h).
final class OpenFlags {
    private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

    private static final int O_RDWR = 02;
    private static final int O_WRONLY = 01;
    private static final int O_CREAT = 0100;
    private static final int O_EXCL = 0200;
    private static final int O_NONBLOCK = 04000;
    private static final int O_CLOEXEC = 02000000;
    private static final int O_DIRECTORY = ARM ? 040000 : 0200000;
    private static final int O_NOFOLLOW = ARM ? 0100000 : 0400000;

    /// A directory, through symlinks.
    static final int DIRECTORY = O_DIRECTORY | O_CLOEXEC;

    /// A directory that is no symlink.
    static final int DIRECTORY_ITSELF = DIRECTORY | O_NOFOLLOW;

    /// A file that is no symlink; one that was replaced by a fifo doesn't block.
    static final int READ = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;

    static final int CREATE = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;

    static final int CREATE_FOR_LOCK = O_RDWR | O_CREAT | O_CLOEXEC;

    private OpenFlags() {}
}
