package dev.jbuild.overlay.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.jbuild.store.layer.ByteString;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An open file descriptor and what can be asked and set of any inode through it. Belongs to the
/// thread of its [Libc].
public abstract sealed class Descriptor implements AutoCloseable permits Directory, OpenFile {
    final Libc libc;
    private final @Nullable Directory parent;
    private final String name;
    private int fd;
    private boolean closed;

    /// One opened by its path.
    ///
    /// @param label what it is called in messages
    Descriptor(Libc libc, int fd, String label) {
        this.libc = libc;
        this.fd = fd;
        this.parent = null;
        this.name = label;
    }

    /// One opened in a directory.
    ///
    /// @param name a byte a character
    Descriptor(Libc libc, int fd, Directory parent, String name) {
        this.libc = libc;
        this.fd = fd;
        this.parent = parent;
        this.name = name;
    }

    public FileStatus status() throws SyscallException {
        FileStatus status = libc.statx(fd(), "");
        if (status == null) {
            throw new SyscallException("statx", "'" + label() + "'", libc.lastError());
        }
        return status;
    }

    public void chown(long uid, long gid) throws SyscallException {
        check(libc.fchown(fd(), uid, gid), "fchown");
    }

    public void chmod(int mode) throws SyscallException {
        check(libc.fchmod(fd(), mode), "fchmod");
    }

    public void utimes(Instant mtime) throws SyscallException {
        check(libc.futimens(fd(), mtime), "futimens");
    }

    /// The extended attributes whose names are wanted.
    public SortedMap<String, ByteString> xattrs(Predicate<String> wanted) throws SyscallException {
        int length = libc.flistxattr(fd());
        if (length == 0 || length == -Errno.EOPNOTSUPP) {
            return new TreeMap<>();
        }
        check(length, "flistxattr");
        SortedMap<String, ByteString> values = new TreeMap<>();
        for (String name : names(libc, length, wanted)) {
            ByteString value = value(libc, name, libc.fgetxattr(fd(), name), this::label);
            if (value != null) {
                values.put(name, value);
            }
        }
        return values;
    }

    /// The value of one extended attribute, or null.
    public @Nullable ByteString xattr(String name) throws SyscallException {
        return value(libc, name, libc.fgetxattr(fd(), name), this::label);
    }

    public void setXattr(String name, ByteString value) throws SyscallException {
        fill(libc, value);
        check(libc.fsetxattr(fd(), name, value.latin1().length()), "fsetxattr " + name);
    }

    public void removeXattr(String name) throws SyscallException {
        check(libc.fremovexattr(fd(), name), "fremovexattr " + name);
    }

    /// Waits for a lock that ends with this descriptor or the process (flock(2)).
    public void lock() throws SyscallException {
        check(libc.flock(fd(), 2), "flock");
    }

    /// Takes the lock if nobody has it.
    public boolean tryLock() throws SyscallException {
        int result = libc.flock(fd(), 2 | 4);
        if (result == -Errno.EAGAIN) {
            return false;
        }
        check(result, "flock");
        return true;
    }

    /// Waits until everything in this file system is on disk.
    public void syncFileSystem() throws SyscallException {
        check(libc.syncfs(fd()), "syncfs");
    }

    /// The number of the open descriptor.
    int fd() throws SyscallException {
        return fd;
    }

    /// The directory it was opened in; null if it was opened by its path.
    final @Nullable Directory parent() {
        return parent;
    }

    final String name() {
        return name;
    }

    /// Whether the kernel has it open.
    final boolean isOpen() {
        return !closed && fd >= 0;
    }

    final boolean isClosed() {
        return closed;
    }

    /// Closes it for now, see [Directory].
    final void park() {
        if (isOpen()) {
            libc.close(fd);
            fd = -1;
        }
    }

    /// Ends [#park].
    final void unpark(int opened) {
        fd = opened;
    }

    /// What it is called in messages. Put together when it is asked for: hardly any ever is.
    public String label() {
        Deque<String> names = new ArrayDeque<>();
        Descriptor at = this;
        for (Directory above = parent; above != null; above = above.parent()) {
            names.addFirst(Paths.text(at.name));
            at = above;
        }
        names.addFirst(at.name);
        return String.join("/", names);
    }

    @Override
    public void close() {
        park();
        closed = true;
    }

    int check(int result, String call) throws SyscallException {
        return result < 0 ? Libc.check(result, call, label()) : result;
    }

    static String[] names(Libc libc, int length, Predicate<String> wanted) {
        return java.util.Arrays.stream(libc.bufferText(0, length).split("\0"))
                .filter(wanted)
                .toArray(String[]::new);
    }

    /// Null if it went away meanwhile.
    static @Nullable ByteString value(Libc libc, String name, int length, Supplier<String> label)
            throws SyscallException {
        if (length == -Errno.ENODATA || length == -Errno.EOPNOTSUPP) {
            return null;
        }
        if (length < 0) {
            Libc.check(length, "getxattr " + name, label.get());
        }
        return new ByteString(libc.bufferText(0, length));
    }

    static void fill(Libc libc, ByteString value) {
        byte[] bytes = value.latin1().getBytes(ISO_8859_1);
        if (bytes.length > Libc.BUFFER_SIZE) {
            throw new IllegalArgumentException(
                    "an extended attribute of " + bytes.length + " bytes; Linux allows 65536");
        }
        MemorySegment.copy(bytes, 0, libc.buffer(), JAVA_BYTE, 0, bytes.length);
    }
}
