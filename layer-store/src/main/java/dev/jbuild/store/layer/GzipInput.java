package dev.jbuild.store.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Decompresses gzip (RFC 1952) of one or several members, zeros after the last allowed. Unlike
/// `GZIPInputStream` it doesn't ask `available()` whether another member follows.
final class GzipInput extends InputStream {
    private static final int FLAG_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;

    private final InputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] buffer = new byte[1 << 16];
    private int position;
    private int limit;
    private boolean inMember;
    private boolean ended;
    private long members;

    /// @param in closed with this
    GzipInput(InputStream in) {
        this.in = in;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int off, int len) throws IOException {
        if (len == 0) {
            return 0;
        }
        while (!ended) {
            if (!inMember && !beginMember()) {
                ended = true;
                break;
            }
            int count = inflate(bytes, off, len);
            if (count > 0) {
                crc.update(bytes, off, count);
                return count;
            }
            if (inflater.finished()) {
                endMember();
            }
        }
        return -1;
    }

    private int inflate(byte[] bytes, int off, int len) throws IOException {
        try {
            int count = inflater.inflate(bytes, off, len);
            if (count == 0 && inflater.needsInput()) {
                if (!fill()) {
                    throw cutOff();
                }
                inflater.setInput(buffer, position, limit - position);
                position = limit;
            } else if (count == 0 && inflater.needsDictionary()) {
                throw new IOException("invalid gzip: it needs a dictionary");
            }
            return count;
        } catch (DataFormatException e) {
            throw new IOException("invalid gzip: " + e.getMessage(), e);
        }
    }

    /// @return false at the end of the stream
    private boolean beginMember() throws IOException {
        int first = next();
        if (members > 0) {
            while (first == 0) {
                first = next();
            }
        }
        if (first < 0 && members > 0) {
            return false;
        }
        if (first != 0x1f || required() != 0x8b || required() != 8) {
            throw new IOException(
                    members == 0
                            ? "invalid gzip: the header is not one of gzip"
                            : "invalid gzip: something else follows after " + members + " members");
        }
        skipHeader(required());
        inflater.reset();
        inflater.setInput(buffer, position, limit - position);
        position = limit;
        crc.reset();
        inMember = true;
        return true;
    }

    private void skipHeader(int flags) throws IOException {
        for (int i = 0; i < 6; i++) { // time, hint, system
            required();
        }
        if ((flags & FLAG_EXTRA) != 0) {
            int length = required() | required() << 8;
            for (int i = 0; i < length; i++) {
                required();
            }
        }
        for (int flag : new int[] {FLAG_NAME, FLAG_COMMENT}) {
            if ((flags & flag) != 0) {
                while (required() != 0) {}
            }
        }
        if ((flags & FLAG_CRC) != 0) {
            required();
            required();
        }
    }

    private void endMember() throws IOException {
        position = limit - inflater.getRemaining();
        long size = inflater.getBytesWritten();
        long storedCrc = number();
        long storedSize = number();
        if (storedCrc != crc.getValue() || storedSize != (size & 0xffff_ffffL)) {
            throw new IOException("invalid gzip: the checksum is wrong: it was damaged");
        }
        members++;
        inMember = false;
    }

    private long number() throws IOException {
        long value = 0;
        for (int i = 0; i < 4; i++) {
            value |= (long) required() << (8 * i);
        }
        return value;
    }

    private int required() throws IOException {
        int b = next();
        if (b < 0) {
            throw cutOff();
        }
        return b;
    }

    private int next() throws IOException {
        return position < limit || fill() ? buffer[position++] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        int count = in.read(buffer);
        position = 0;
        limit = Math.max(count, 0);
        return count > 0;
    }

    private static EOFException cutOff() {
        return new EOFException("invalid gzip: it is cut off");
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
