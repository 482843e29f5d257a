package dev.jbuild.overlay.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.jbuild.store.layer.ByteString;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// An open directory. Every name is one component in it, a byte a character (ISO 8859-1), and no
/// call follows a symlink.
///
/// However deep one goes, only so many directories above stay open for the kernel: one further up
/// is opened again, from those above it, when it is used again.
public final class Directory extends Descriptor {
    private static final int MOST_OPEN = 64;

    private boolean listed;

    private Directory(Libc libc, int fd, String label) {
        super(libc, fd, label);
    }

    private Directory(Libc libc, int fd, Directory in, String name) {
        super(libc, fd, in, name);
        Directory far = in;
        for (int i = 1; i < MOST_OPEN && far != null; i++) {
            far = far.parent();
        }
        if (far != null && far.parent() != null) {
            far.park();
        }
    }

    @Override
    int fd() throws SyscallException {
        return isOpen() ? super.fd() : reopened();
    }

    /// Opens it again, and those right above it: who climbs up needs them next.
    private int reopened() throws SyscallException {
        if (isClosed()) {
            throw new IllegalStateException("'" + label() + "' is closed");
        }
        Deque<Directory> way = new ArrayDeque<>();
        Directory at = this;
        while (!at.isOpen()) {
            way.push(at);
            at = at.parent();
            if (at == null) {
                throw new SyscallException("open", "'" + label() + "'", Errno.EBADF);
            }
        }
        int above = at.fd();
        boolean passing = false;
        while (!way.isEmpty()) {
            Directory next = way.pop();
            int opened = libc.openat(above, next.name(), OpenFlags.DIRECTORY_ITSELF, 0);
            if (passing) {
                libc.close(above);
            }
            if (opened < 0) {
                throw new SyscallException("open", "'" + next.label() + "'", -opened);
            }
            above = opened;
            passing = next.isClosed() || way.size() >= MOST_OPEN;
            if (!passing) {
                next.unpark(above);
                next.listed = false;
            }
        }
        return above;
    }

    /// Opens a directory by its path, through symlinks.
    public static Directory open(Libc libc, Path path) throws SyscallException {
        String name = Paths.latin1(path);
        return new Directory(
                libc,
                Libc.check(
                        libc.openat(Libc.AT_FDCWD, name, OpenFlags.DIRECTORY, 0),
                        "open",
                        path.toString()),
                path.toString());
    }

    public Directory directory(String name) throws SyscallException {
        return new Directory(
                libc,
                check(libc.openat(fd(), name, OpenFlags.DIRECTORY_ITSELF, 0), "open", name),
                this,
                name);
    }

    /// Opens it, or gives null if there is no directory of that name.
    public @Nullable Directory directoryIfPresent(String name) throws SyscallException {
        int opened = libc.openat(fd(), name, OpenFlags.DIRECTORY_ITSELF, 0);
        if (opened == -Errno.ENOENT || opened == -Errno.ENOTDIR || opened == -Errno.ELOOP) {
            return null;
        }
        return new Directory(libc, check(opened, "open", name), this, name);
    }

    /// The names in it, in order of their bytes.
    public List<String> names() throws SyscallException {
        if (listed) {
            check(libc.rewind(fd()), "lseek");
        }
        listed = true;
        List<String> names = new ArrayList<>();
        MemorySegment buffer = libc.buffer();
        while (true) {
            int length = check(libc.getdents64(fd()), "getdents64");
            if (length == 0) {
                names.sort(null);
                return names;
            }
            for (int at = 0; at < length; ) {
                int record = Short.toUnsignedInt(buffer.get(JAVA_SHORT_UNALIGNED, at + 16));
                String name = libc.bufferText(at + 19, nameLength(buffer, at + 19));
                if (!name.equals(".") && !name.equals("..")) {
                    names.add(name);
                }
                at += record;
            }
        }
    }

    public FileStatus status(String name) throws SyscallException {
        FileStatus status = libc.statx(fd(), name);
        if (status == null) {
            throw new SyscallException("statx", quoted(name), libc.lastError());
        }
        return status;
    }

    public @Nullable FileStatus statusIfPresent(String name) throws SyscallException {
        FileStatus status = libc.statx(fd(), name);
        if (status == null && libc.lastError() != Errno.ENOENT) {
            throw new SyscallException("statx", quoted(name), libc.lastError());
        }
        return status;
    }

    /// Opens a regular file for reading.
    public OpenFile file(String name) throws SyscallException {
        return new OpenFile(
                libc, check(libc.openat(fd(), name, OpenFlags.READ, 0), "open", name), this, name);
    }

    /// Makes a file.
    ///
    /// @return open for writing, or null if something of that name exists
    public @Nullable OpenFile createFile(String name, int mode) throws SyscallException {
        int opened = libc.openat(fd(), name, OpenFlags.CREATE, mode);
        if (opened == -Errno.EEXIST) {
            return null;
        }
        return new OpenFile(libc, check(opened, "create", name), this, name);
    }

    /// @return false if something of that name exists; so do the others
    public boolean makeDirectory(String name, int mode) throws SyscallException {
        return made(libc.mkdirat(fd(), name, mode), "mkdir", name);
    }

    public boolean makeSymlink(String name, ByteString target) throws SyscallException {
        return made(libc.symlinkat(target.latin1(), fd(), name), "symlink", name);
    }

    public boolean makeLink(String name, Directory existingIn, String existing)
            throws SyscallException {
        return made(libc.linkat(existingIn.fd(), existing, fd(), name), "link", name);
    }

    /// @param mode type and permission bits
    public boolean makeNode(String name, int mode, int major, int minor) throws SyscallException {
        return made(libc.mknodat(fd(), name, mode, major, minor), "mknod", name);
    }

    /// Makes what overlayfs takes for a deletion.
    public boolean makeWhiteout(String name) throws SyscallException {
        return makeNode(name, 0020000, 0, 0);
    }

    public ByteString symlinkTarget(String name) throws SyscallException {
        int length = check(libc.readlinkat(fd(), name), "readlink", name);
        return new ByteString(libc.bufferText(0, length));
    }

    /// Removes a file, an empty directory or a whole tree, however deep. Never goes into another
    /// file system; nothing there is no error.
    public void removeTree(String name) throws SyscallException {
        if (removeLeaf(name)) {
            return;
        }
        long device = status().device();
        Deque<Emptying> open = new ArrayDeque<>();
        try {
            open.push(new Emptying(this, name, device));
            while (!open.isEmpty()) {
                Emptying at = open.element();
                if (at.rest.isEmpty()) {
                    open.pop().close();
                    at.in.removeEmpty(at.name);
                    continue;
                }
                String child = at.rest.removeLast();
                if (!at.directory.removeLeaf(child)) {
                    open.push(new Emptying(at.directory, child, device));
                }
            }
        } finally {
            open.forEach(Emptying::close);
        }
    }

    /// A directory that is being emptied, and the names still in it.
    private static final class Emptying {
        private final Directory in;
        private final String name;
        private final Directory directory;
        private final List<String> rest;

        Emptying(Directory in, String name, long device) throws SyscallException {
            this.in = in;
            this.name = name;
            this.directory = in.directory(name);
            if (directory.status().device() != device) {
                directory.close();
                throw new SyscallException("remove mounted", in.quoted(name), Errno.EBUSY);
            }
            this.rest = directory.names();
        }

        void close() {
            directory.close();
        }
    }

    /// Removes what is no directory, or an empty one.
    ///
    /// @return false if it is a directory with something in it
    private boolean removeLeaf(String name) throws SyscallException {
        int result = libc.unlinkat(fd(), name, 0);
        if (result >= 0 || result == -Errno.ENOENT) {
            return true;
        }
        // EPERM: what Linux's own file systems don't say, but POSIX does, for a directory
        if (result != -Errno.EISDIR && result != -Errno.EPERM) {
            check(result, "unlink", name);
        }
        int empty = libc.unlinkat(fd(), name, Libc.AT_REMOVEDIR);
        if (empty == -Errno.ENOTEMPTY || empty == -Errno.EEXIST) {
            return false;
        }
        if (empty == -Errno.ENOTDIR) {
            check(result, "unlink", name);
        }
        check(empty, "rmdir", name);
        return true;
    }

    private void removeEmpty(String name) throws SyscallException {
        check(libc.unlinkat(fd(), name, Libc.AT_REMOVEDIR), "rmdir", name);
    }

    /// Removes everything in it.
    public void removeContents() throws SyscallException {
        for (String name : names()) {
            removeTree(name);
        }
    }

    public void rename(String name, Directory into, String newName) throws SyscallException {
        check(libc.renameat(fd(), name, into.fd(), newName), "rename", name);
    }

    public void chown(String name, long uid, long gid) throws SyscallException {
        check(libc.fchownat(fd(), name, uid, gid), "fchownat", name);
    }

    /// Of anything but a symlink, whose mode can't be set.
    public void chmod(String name, int mode) throws SyscallException {
        check(libc.fchmodat(fd(), name, mode), "fchmodat", name);
    }

    public void utimes(String name, Instant mtime) throws SyscallException {
        check(libc.utimensat(fd(), name, mtime), "utimensat", name);
    }

    /// The extended attributes of a symlink or special file, which can't be opened.
    public SortedMap<String, ByteString> xattrs(String name, Predicate<String> wanted)
            throws SyscallException {
        return xattrs(libc, procPath(name), () -> labelOf(name), wanted);
    }

    /// The extended attributes of what a path leads to, through symlinks on the way, but not of
    /// what it is a symlink to itself.
    public static SortedMap<String, ByteString> xattrs(
            Libc libc, Path path, Predicate<String> wanted) throws SyscallException {
        return xattrs(libc, Paths.latin1(path), path::toString, wanted);
    }

    private static SortedMap<String, ByteString> xattrs(
            Libc libc, String path, Supplier<String> label, Predicate<String> wanted)
            throws SyscallException {
        int length = libc.llistxattr(path);
        if (length == 0 || length == -Errno.EOPNOTSUPP) {
            return new TreeMap<>();
        }
        if (length < 0) {
            Libc.check(length, "llistxattr", label.get());
        }
        SortedMap<String, ByteString> values = new TreeMap<>();
        for (String xattr : names(libc, length, wanted)) {
            ByteString value = value(libc, xattr, libc.lgetxattr(path, xattr), label);
            if (value != null) {
                values.put(xattr, value);
            }
        }
        return values;
    }

    public void setXattr(String name, String xattr, ByteString value) throws SyscallException {
        fill(libc, value);
        check(
                libc.lsetxattr(procPath(name), xattr, value.latin1().length()),
                "lsetxattr " + xattr,
                name);
    }

    public void removeXattr(String name, String xattr) throws SyscallException {
        check(libc.lremovexattr(procPath(name), xattr), "lremovexattr " + xattr, name);
    }

    /// The path of this directory for calls that take no directory, valid in this process while it
    /// is open: short, and free of any character of its real path.
    public String procPath() throws SyscallException {
        return "/proc/self/fd/" + fd();
    }

    private String procPath(String name) throws SyscallException {
        return procPath() + "/" + name;
    }

    private boolean made(int result, String call, String name) throws SyscallException {
        if (result == -Errno.EEXIST) {
            return false;
        }
        check(result, call, name);
        return true;
    }

    private int check(int result, String call, String name) throws SyscallException {
        if (result < 0) {
            throw new SyscallException(call, quoted(name), -result);
        }
        return result;
    }

    private String quoted(String name) {
        return "'" + labelOf(name) + "'";
    }

    private String labelOf(String name) {
        return label() + "/" + Paths.text(name);
    }

    private static int nameLength(MemorySegment buffer, int at) {
        int length = 0;
        // eight bytes at a time up to the one that has the 0
        while (!hasZero(buffer.get(JAVA_LONG_UNALIGNED, at + length))) {
            length += 8;
        }
        while (buffer.get(JAVA_BYTE, at + length) != 0) {
            length++;
        }
        return length;
    }

    private static boolean hasZero(long word) {
        return ((word - 0x0101010101010101L) & ~word & 0x8080808080808080L) != 0;
    }
}
