package dev.jbuild.overlay.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Calls of the C library with the memory they need: the error number, paths, a buffer. An instance
/// belongs to the thread that opened it; it is cheap to open once the first one is there.
///
/// All functions are called through one handle of one shape, six words in and one out. A function
/// with fewer parameters doesn't look at the other registers, one with `int` parameters only at
/// the lower halves, and one that returns `int` is read so (System V and AAPCS64 calling
/// conventions). Each further shape would cost 11-25 ms at start-up.
///
/// A result below 0 is a negative error number; callers that expect it look at it, the others go
/// through [#check]. Names are bytes, one a character (ISO 8859-1).
public final class Libc implements AutoCloseable {
    /// The directory fd that stands for the working directory.
    public static final int AT_FDCWD = -100;

    static final int AT_SYMLINK_NOFOLLOW = 0x100;
    static final int AT_REMOVEDIR = 0x200;
    static final int AT_EMPTY_PATH = 0x1000;

    /// Bytes of the buffer for contents, listings and values.
    static final int BUFFER_SIZE = 256 * 1024;

    private static final int PATH_MAX = 4096;
    private static final int F_OFD_SETLK = 37;
    private static final short F_WRLCK = 1;
    private static final int STATX_SIZE = 256;
    private static final int STATX_BASIC_STATS = 0x7ff;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    // Restricted, as all native access is: this is the module's one handle.
    @SuppressWarnings("restricted")
    private static final MethodHandle CALL =
            LINKER.downcallHandle(
                    FunctionDescriptor.of(
                            JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                            JAVA_LONG),
                    Linker.Option.captureCallState("errno"));

    /// The functions used; each is looked up when it is first called.
    private enum Function {
        OPENAT,
        CLOSE,
        READ,
        WRITE,
        LSEEK,
        FTRUNCATE,
        STATX,
        GETDENTS64,
        MKDIRAT,
        SYMLINKAT,
        READLINKAT,
        LINKAT,
        MKNODAT,
        UNLINKAT,
        RENAMEAT,
        FCHMOD,
        FCHMODAT,
        FCHOWN,
        FCHOWNAT,
        FUTIMENS,
        UTIMENSAT,
        FLISTXATTR,
        FGETXATTR,
        FSETXATTR,
        FREMOVEXATTR,
        LLISTXATTR,
        LGETXATTR,
        LSETXATTR,
        LREMOVEXATTR,
        COPY_FILE_RANGE,
        FLOCK,
        FCNTL,
        SYNCFS,
        MOUNT,
        UMOUNT2;

        private @Nullable MemorySegment address;

        /// Two threads may look it up at the same time and find the same.
        MemorySegment address() {
            MemorySegment known = address;
            if (known == null) {
                String name = name().toLowerCase(java.util.Locale.ROOT);
                known =
                        LINKER.defaultLookup()
                                .find(name)
                                .orElseThrow(
                                        () ->
                                                new UnsatisfiedLinkError(
                                                        "the C library has no function '"
                                                                + name
                                                                + "'; glibc 2.30 or newer has it"));
                address = known;
            }
            return known;
        }
    }

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);
    private final MemorySegment firstPath = arena.allocate(PATH_MAX);
    private final MemorySegment secondPath = arena.allocate(PATH_MAX);
    private final MemorySegment struct = arena.allocate(STATX_SIZE, 8);
    private @Nullable MemorySegment buffer;

    private Libc() {}

    /// The caller closes it.
    public static Libc open() {
        return new Libc();
    }

    @Override
    public void close() {
        arena.close();
    }

    /// The result if it isn't below 0.
    ///
    /// @param on what the call was to act on, for the message
    static int check(int result, String call, String on) throws SyscallException {
        if (result < 0) {
            throw new SyscallException(call, "'" + on + "'", -result);
        }
        return result;
    }

    int openat(int directory, String path, int flags, int mode) {
        return call(Function.OPENAT, directory, first(path), flags, mode);
    }

    void close(int fd) {
        // Linux gives the fd up whatever close(2) returns; what was written isn't synced anyway.
        call(Function.CLOSE, fd);
    }

    /// Reads into the buffer.
    int read(int fd, int length) {
        return call(Function.READ, fd, buffer().address(), Math.min(length, BUFFER_SIZE));
    }

    /// Writes from the buffer.
    int write(int fd, int offset, int length) {
        return call(Function.WRITE, fd, buffer().address() + offset, length);
    }

    /// To a position, or to the next data or hole from there.
    ///
    /// @param whence of lseek(2)
    /// @return the position reached, or a negative error number
    long seek(int fd, long offset, int whence) {
        long result = invoke(Function.LSEEK.address(), fd, offset, whence, 0, 0);
        return result == -1 ? -lastError() : result;
    }

    /// Sets the size.
    int ftruncate(int fd, long size) {
        return call(Function.FTRUNCATE, fd, size);
    }

    /// To position 0.
    int rewind(int fd) {
        return call(Function.LSEEK, fd, 0, 0);
    }

    /// Between the files' own positions.
    int copyFileRange(int from, int to, long length) {
        long chunk = Math.min(length, 1 << 30);
        return call(Function.COPY_FILE_RANGE, from, 0, to, 0, chunk);
    }

    /// The status, or null with the error number in [#lastError].
    @Nullable FileStatus statx(int directory, String path) {
        int flags = AT_SYMLINK_NOFOLLOW | (path.isEmpty() ? AT_EMPTY_PATH : 0);
        int result =
                call(
                        Function.STATX,
                        directory,
                        first(path),
                        flags,
                        STATX_BASIC_STATS,
                        struct.address());
        if (result < 0) {
            return null;
        }
        return new FileStatus(
                Short.toUnsignedInt(struct.get(JAVA_SHORT, 28)),
                struct.get(JAVA_INT, 16),
                Integer.toUnsignedLong(struct.get(JAVA_INT, 20)),
                Integer.toUnsignedLong(struct.get(JAVA_INT, 24)),
                struct.get(JAVA_LONG, 32),
                Integer.toUnsignedLong(struct.get(JAVA_INT, 136)) << 32
                        | Integer.toUnsignedLong(struct.get(JAVA_INT, 140)),
                struct.get(JAVA_LONG, 40),
                struct.get(JAVA_LONG, 48),
                struct.get(JAVA_LONG, 112),
                struct.get(JAVA_INT, 120),
                struct.get(JAVA_LONG, 96),
                struct.get(JAVA_INT, 104),
                struct.get(JAVA_INT, 128),
                struct.get(JAVA_INT, 132));
    }

    /// The error number of the last call that failed.
    int lastError() {
        return (int) ERRNO.get(state, 0L);
    }

    /// Fills the buffer with directory entries.
    int getdents64(int fd) {
        return call(Function.GETDENTS64, fd, buffer().address(), BUFFER_SIZE);
    }

    int mkdirat(int directory, String name, int mode) {
        return call(Function.MKDIRAT, directory, first(name), mode);
    }

    int symlinkat(String target, int directory, String name) {
        return call(Function.SYMLINKAT, second(target), directory, first(name));
    }

    /// The target goes to the buffer.
    int readlinkat(int directory, String name) {
        return call(Function.READLINKAT, directory, first(name), buffer().address(), BUFFER_SIZE);
    }

    int linkat(int oldDirectory, String oldName, int newDirectory, String newName) {
        return call(
                Function.LINKAT, oldDirectory, first(oldName), newDirectory, second(newName), 0);
    }

    int mknodat(int directory, String name, int mode, int major, int minor) {
        return call(Function.MKNODAT, directory, first(name), mode, device(major, minor));
    }

    int unlinkat(int directory, String name, int flags) {
        return call(Function.UNLINKAT, directory, first(name), flags);
    }

    int renameat(int oldDirectory, String oldName, int newDirectory, String newName) {
        return call(Function.RENAMEAT, oldDirectory, first(oldName), newDirectory, second(newName));
    }

    int fchmod(int fd, int mode) {
        return call(Function.FCHMOD, fd, mode);
    }

    /// Follows a symlink.
    int fchmodat(int directory, String name, int mode) {
        return call(Function.FCHMODAT, directory, first(name), mode, 0);
    }

    int fchown(int fd, long uid, long gid) {
        return call(Function.FCHOWN, fd, uid, gid);
    }

    int fchownat(int directory, String name, long uid, long gid) {
        return call(Function.FCHOWNAT, directory, first(name), uid, gid, AT_SYMLINK_NOFOLLOW);
    }

    int futimens(int fd, Instant mtime) {
        return call(Function.FUTIMENS, fd, times(mtime));
    }

    int utimensat(int directory, String name, Instant mtime) {
        return call(Function.UTIMENSAT, directory, first(name), times(mtime), AT_SYMLINK_NOFOLLOW);
    }

    /// The names go to the buffer, each with a 0 behind it. Most files have none: they are asked
    /// for how many first, which takes no buffer.
    int flistxattr(int fd) {
        int length = call(Function.FLISTXATTR, fd, 0, 0);
        return length <= 0
                ? length
                : call(Function.FLISTXATTR, fd, buffer().address(), BUFFER_SIZE);
    }

    int llistxattr(String path) {
        int length = call(Function.LLISTXATTR, first(path), 0, 0);
        return length <= 0
                ? length
                : call(Function.LLISTXATTR, first(path), buffer().address(), BUFFER_SIZE);
    }

    /// The value goes to the buffer.
    int fgetxattr(int fd, String name) {
        return call(Function.FGETXATTR, fd, second(name), buffer().address(), BUFFER_SIZE);
    }

    int lgetxattr(String path, String name) {
        return call(Function.LGETXATTR, first(path), second(name), buffer().address(), BUFFER_SIZE);
    }

    /// The value is read from the buffer.
    int fsetxattr(int fd, String name, int length) {
        return call(Function.FSETXATTR, fd, second(name), buffer().address(), length, 0);
    }

    int lsetxattr(String path, String name, int length) {
        return call(Function.LSETXATTR, first(path), second(name), buffer().address(), length, 0);
    }

    int fremovexattr(int fd, String name) {
        return call(Function.FREMOVEXATTR, fd, second(name));
    }

    int lremovexattr(String path, String name) {
        return call(Function.LREMOVEXATTR, first(path), second(name));
    }

    int flock(int fd, int operation) {
        return call(Function.FLOCK, fd, operation);
    }

    /// Takes the write lock of one byte for the open file description, if nobody has it: those of
    /// other threads of this process count as others (fcntl(2), "Open file description locks").
    int lockByte(int fd, long at) {
        struct.asSlice(0, 32).fill((byte) 0);
        struct.set(JAVA_SHORT, 0, F_WRLCK);
        struct.set(JAVA_LONG, 8, at);
        struct.set(JAVA_LONG, 16, 1);
        return call(Function.FCNTL, fd, F_OFD_SETLK, struct.address());
    }

    int syncfs(int fd) {
        return call(Function.SYNCFS, fd);
    }

    /// @param source a path, or a name that the kind of file system makes nothing of
    /// @param options less than 4,096 bytes
    int mount(String source, String target, String type, long flags, String options) {
        try (Arena local = Arena.ofConfined()) {
            return call(
                    Function.MOUNT,
                    first(source),
                    second(target),
                    local.allocateFrom(type, ISO_8859_1).address(),
                    flags,
                    local.allocateFrom(options, ISO_8859_1).address());
        }
    }

    int umount2(String target, int flags) {
        return call(Function.UMOUNT2, first(target), flags);
    }

    MemorySegment buffer() {
        MemorySegment known = buffer;
        if (known == null) {
            // names in a listing are looked at eight bytes at a time, past their end
            known = arena.allocate(BUFFER_SIZE + 16, 8);
            buffer = known;
        }
        return known;
    }

    /// The text of `length` bytes in the buffer.
    String bufferText(int offset, int length) {
        byte[] bytes = new byte[length];
        MemorySegment.copy(buffer(), JAVA_BYTE, offset, bytes, 0, length);
        return new String(bytes, ISO_8859_1);
    }

    private long first(String path) {
        return put(firstPath, path);
    }

    private long second(String path) {
        return put(secondPath, path);
    }

    /// A path that C would read shorter than it is, or that doesn't fit, is none the kernel knows;
    /// both are refused before it.
    private static long put(MemorySegment segment, String path) {
        if (path.length() >= PATH_MAX || path.indexOf('\0') >= 0) {
            throw new InvalidNameException(path);
        }
        segment.setString(0, path, ISO_8859_1);
        return segment.address();
    }

    /// `UTIME_OMIT` for the access time.
    private long times(Instant mtime) {
        struct.set(JAVA_LONG, 0, 0);
        struct.set(JAVA_LONG, 8, 0x3ffffffe);
        struct.set(JAVA_LONG, 16, mtime.getEpochSecond());
        struct.set(JAVA_LONG, 24, mtime.getNano());
        return struct.address();
    }

    /// As makedev(3).
    private static long device(int major, int minor) {
        long high = Integer.toUnsignedLong(major);
        long low = Integer.toUnsignedLong(minor);
        return (high & 0xfffff000L) << 32
                | (high & 0xfffL) << 8
                | (low & 0xffffff00L) << 12
                | (low & 0xffL);
    }

    private int call(Function function, long a, long b) {
        return call(function, a, b, 0, 0, 0);
    }

    private int call(Function function, long a) {
        return call(function, a, 0, 0, 0, 0);
    }

    private int call(Function function, long a, long b, long c) {
        return call(function, a, b, c, 0, 0);
    }

    private int call(Function function, long a, long b, long c, long d) {
        return call(function, a, b, c, d, 0);
    }

    private int call(Function function, long a, long b, long c, long d, long e) {
        while (true) {
            int result = (int) invoke(function.address(), a, b, c, d, e);
            if (result != -1) {
                return result;
            }
            int errno = lastError();
            if (errno != Errno.EINTR || function == Function.CLOSE) {
                return -errno;
            }
        }
    }

    private long invoke(MemorySegment function, long a, long b, long c, long d, long e) {
        try {
            // copy_file_range alone has a sixth parameter, its flags, which must be 0
            return (long) CALL.invokeExact(function, state, a, b, c, d, e, 0L);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new AssertionError("a downcall throws nothing checked", thrown);
        }
    }
}
