package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.FileStatus;

/// What changes when a file's content or metadata do, less the ticks of the kernel's clock.
///
/// @param device as stat(2) has it
/// @param mtime nanoseconds since 1970, as for ctime
public record FileState(long device, long inode, long size, long mtime, long ctime) {
    static FileState of(FileStatus status) {
        return new FileState(
                device(status.device() >>> 32, status.device() & 0xffff_ffffL),
                status.inode(),
                status.size(),
                status.mtimeSeconds() * 1_000_000_000 + status.mtimeNanos(),
                status.ctimeSeconds() * 1_000_000_000 + status.ctimeNanos());
    }

    /// makedev(3): the number that stat(2) gives, where statx(2) gives two.
    private static long device(long major, long minor) {
        return (minor & 0xff)
                | (major & 0xfff) << 8
                | (minor & ~0xffL) << 12
                | (major & ~0xfffL) << 32;
    }
}
