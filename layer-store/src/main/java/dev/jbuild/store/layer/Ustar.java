package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.OptionalLong;

/// The fields of a tar header block (POSIX.1-2017, pax, "ustar Interchange Format"), with GNU's
/// base-256 numbers.
enum Ustar {
    NAME(0, 100),
    MODE(100, 8),
    UID(108, 8),
    GID(116, 8),
    SIZE(124, 12),
    MTIME(136, 12),
    CHECKSUM(148, 8),
    TYPE(156, 1),
    LINK_NAME(157, 100),
    MAGIC(257, 8),
    DEVICE_MAJOR(329, 8),
    DEVICE_MINOR(337, 8),
    PREFIX(345, 155),
    /// In a header of star, which has no more than 131 bytes of prefix.
    STAR_PREFIX(345, 131),
    STAR_TRAILER(508, 4),
    /// Of old GNU's sparse files: whether a block with more of the map follows.
    SPARSE_CONTINUED(482, 1),
    SPARSE_SIZE(483, 12);

    static final int BLOCK = 512;
    static final String POSIX_MAGIC = "ustar\00000";
    static final String GNU_MAGIC = "ustar  \0";

    private final int offset;
    private final int length;

    Ustar(int offset, int length) {
        this.offset = offset;
        this.length = length;
    }

    /// Bytes of content rounded up to whole blocks, less the content.
    static int padding(long size) {
        return (int) (-size & (BLOCK - 1));
    }

    /// The most bytes of text this holds; one that fills it has no NUL after it.
    int length() {
        return length;
    }

    /// The largest number that octal digits and a NUL can say here.
    long maxOctal() {
        return (1L << (3 * (length - 1))) - 1;
    }

    void putText(byte[] block, String latin1) {
        for (int i = 0; i < latin1.length(); i++) {
            block[offset + i] = (byte) latin1.charAt(i);
        }
    }

    void putOctal(byte[] block, long value) {
        long rest = value;
        for (int i = offset + length - 2; i >= offset; i--) {
            block[i] = (byte) ('0' + (rest & 7));
            rest >>>= 3;
        }
        block[offset + length - 1] = 0;
    }

    /// Of the map of an old GNU sparse file.
    static final int SPARSE_PARTS = 386;

    static final int SPARSE_PARTS_HERE = 4;
    static final int SPARSE_PARTS_CONTINUED = 21;
    static final int SPARSE_CONTINUED_AGAIN = 504;

    /// A number of 12 bytes, as in the map of an old GNU sparse file.
    static OptionalLong numberAt(byte[] block, int offset) {
        byte[] field = new byte[BLOCK];
        System.arraycopy(block, offset, field, SIZE.offset, SIZE.length);
        return SIZE.number(field);
    }

    /// Text up to the first NUL.
    String text(byte[] block) {
        return new String(block, offset, end(block) - offset, ISO_8859_1);
    }

    private int end(byte[] block) {
        int end = offset;
        while (end < offset + length && block[end] != 0) {
            end++;
        }
        return end;
    }

    /// The first byte.
    char first(byte[] block) {
        return (char) (block[offset] & 0xff);
    }

    /// All bytes, NULs too.
    String raw(byte[] block) {
        return new String(block, offset, length, ISO_8859_1);
    }

    /// A number in octal or base-256; absent if it is neither, or exceeds 64 bits. A blank field is
    /// 0.
    OptionalLong number(byte[] block) {
        return (block[offset] & 0x80) != 0 ? base256(block) : octal(block);
    }

    private OptionalLong octal(byte[] block) {
        int start = offset;
        int end = end(block);
        while (start < end && Character.isWhitespace(block[start])) {
            start++;
        }
        while (start < end && Character.isWhitespace(block[end - 1])) {
            end--;
        }
        if (end - start > 21) {
            return OptionalLong.empty();
        }
        long value = 0;
        for (int i = start; i < end; i++) {
            if (block[i] < '0' || block[i] > '7') {
                return OptionalLong.empty();
            }
            value = value << 3 | (block[i] - '0');
        }
        return OptionalLong.of(value);
    }

    private OptionalLong base256(byte[] block) {
        int first = block[offset] & 0x7f;
        long value = (first & 0x40) != 0 ? first - 0x80 : first;
        for (int i = offset + 1; i < offset + length; i++) {
            if (value > Long.MAX_VALUE >> 8 || value < Long.MIN_VALUE >> 8) {
                return OptionalLong.empty();
            }
            value = value << 8 | (block[i] & 0xff);
        }
        return OptionalLong.of(value);
    }

    static void putChecksum(byte[] block) {
        Arrays.fill(block, CHECKSUM.offset, CHECKSUM.offset + CHECKSUM.length, (byte) ' ');
        long sum = 0;
        for (byte b : block) {
            sum += b & 0xff;
        }
        String digits = Long.toOctalString(sum);
        CHECKSUM.putText(block, "0".repeat(6 - digits.length()) + digits + "\0 ");
    }

    /// Whether the checksum is right, its bytes taken as unsigned or, as old tars did, as signed.
    static boolean isChecksumRight(byte[] block) {
        OptionalLong stored = CHECKSUM.number(block);
        long unsigned = 0;
        long signed = 0;
        for (int i = 0; i < BLOCK; i++) {
            boolean own = i >= CHECKSUM.offset && i < CHECKSUM.offset + CHECKSUM.length;
            unsigned += own ? ' ' : block[i] & 0xff;
            signed += own ? ' ' : block[i];
        }
        return stored.isPresent()
                && (stored.getAsLong() == unsigned || stored.getAsLong() == signed);
    }
}
