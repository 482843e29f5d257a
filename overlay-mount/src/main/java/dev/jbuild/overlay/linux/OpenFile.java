package dev.jbuild.overlay.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// An open regular file.
public final class OpenFile extends Descriptor {
    private static final int SEEK_SET = 0;
    private static final int SEEK_CUR = 1;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;

    private OpenFile(Libc libc, int fd, String label) {
        super(libc, fd, label);
    }

    OpenFile(Libc libc, int fd, Directory in, String name) {
        super(libc, fd, in, name);
    }

    /// Opens or makes a file by its path, for a lock.
    public static OpenFile openForLock(Libc libc, java.nio.file.Path path) throws SyscallException {
        int fd = libc.openat(Libc.AT_FDCWD, Paths.latin1(path), OpenFlags.CREATE_FOR_LOCK, 0600);
        return new OpenFile(libc, Libc.check(fd, "open", path.toString()), path.toString());
    }

    /// Takes the lock of one byte, which need not exist, if nobody has it: neither another process
    /// nor another descriptor of this one. It ends with this descriptor or the process.
    public boolean tryLockByte(long at) throws SyscallException {
        int result = libc.lockByte(fd(), at);
        if (result == -Errno.EAGAIN || result == -Errno.EACCES) {
            return false;
        }
        check(result, "fcntl F_OFD_SETLK");
        return true;
    }

    /// Goes back to the first byte.
    public void rewind() throws SyscallException {
        check(libc.rewind(fd()), "lseek");
    }

    /// The content from the current position, readable while this is open.
    public InputStream content() {
        return new Content();
    }

    /// Writes all that `content` gives.
    ///
    /// @return bytes written
    public long write(InputStream content, byte[] block) throws IOException {
        long total = 0;
        for (int count = content.read(block); count >= 0; count = content.read(block)) {
            write(block, count);
            total += count;
        }
        return total;
    }

    /// Writes the first `length` bytes of a block.
    public void write(byte[] block, int length) throws SyscallException {
        for (int offset = 0; offset < length; ) {
            int chunk = Math.min(length - offset, Libc.BUFFER_SIZE);
            MemorySegment.copy(block, offset, libc.buffer(), JAVA_BYTE, 0, chunk);
            for (int done = 0; done < chunk; ) {
                done += check(libc.write(fd(), done, chunk - done), "write");
            }
            offset += chunk;
        }
    }

    /// Moves the position on, leaving a hole.
    public void skip(long bytes) throws SyscallException {
        seek(bytes, SEEK_CUR);
    }

    /// Makes the file this long, with a hole at its end.
    public void resize(long size) throws SyscallException {
        check(libc.ftruncate(fd(), size), "ftruncate");
    }

    /// Writes what is in `source`, from its first byte on, and leaves its holes.
    public void copySparse(OpenFile source, long size) throws SyscallException {
        long at = 0;
        while (at < size) {
            long data = libc.seek(source.fd(), at, SEEK_DATA);
            if (data == -Errno.ENXIO || data >= size) {
                break;
            }
            if (data == -Errno.EINVAL) {
                // a file system that knows of no holes
                source.seek(at, SEEK_SET);
                seek(at, SEEK_SET);
                copyFrom(source, size - at);
                return;
            }
            source.require(data, "lseek SEEK_DATA");
            long hole = Math.min(source.seek(data, SEEK_HOLE), size);
            source.seek(data, SEEK_SET);
            seek(data, SEEK_SET);
            copyFrom(source, hole - data);
            at = hole;
        }
        resize(size);
    }

    private long seek(long offset, int whence) throws SyscallException {
        return require(libc.seek(fd(), offset, whence), "lseek");
    }

    private long require(long result, String call) throws SyscallException {
        if (result < 0) {
            check((int) result, call);
        }
        return result;
    }

    /// Writes up to `size` bytes of what is in `source` from its position on.
    public void copyFrom(OpenFile source, long size) throws SyscallException {
        long left = size;
        while (left > 0) {
            int copied = libc.copyFileRange(source.fd(), fd(), left);
            if (copied == 0) {
                return;
            }
            if (copied < 0) {
                // Old kernels don't copy between file systems; /proc and the like not at all.
                if (copied == -Errno.EXDEV
                        || copied == -Errno.EINVAL
                        || copied == -Errno.EOPNOTSUPP
                        || copied == -Errno.ENOSYS) {
                    copyThroughBuffer(source, left);
                    return;
                }
                check(copied, "copy_file_range");
            }
            left -= copied;
        }
    }

    /// Whether the rest of both files is the same.
    public boolean sameContent(OpenFile other, byte[] mine, byte[] theirs) throws IOException {
        InputStream first = content();
        InputStream second = other.content();
        while (true) {
            int count = first.readNBytes(mine, 0, mine.length);
            int others = second.readNBytes(theirs, 0, theirs.length);
            if (count != others || !java.util.Arrays.equals(mine, 0, count, theirs, 0, others)) {
                return false;
            }
            if (count < mine.length) {
                return true;
            }
        }
    }

    private void copyThroughBuffer(OpenFile source, long size) throws SyscallException {
        for (long left = size; left > 0; ) {
            int most = (int) Math.min(left, Libc.BUFFER_SIZE);
            int count = source.check(libc.read(source.fd(), most), "read");
            if (count == 0) {
                return;
            }
            left -= count;
            for (int done = 0; done < count; ) {
                done += check(libc.write(fd(), done, count - done), "write");
            }
        }
    }

    private final class Content extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            int count = check(libc.read(fd(), length), "read");
            if (count == 0) {
                return -1;
            }
            MemorySegment.copy(libc.buffer(), JAVA_BYTE, 0, bytes, offset, count);
            return count;
        }
    }
}
