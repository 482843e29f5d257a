package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// The content of a sparse file, with zeros for what the archive doesn't have.
final class SparseContent extends InputStream {
    private final InputStream parts;
    private final SparseMap map;
    private final long size;
    private int next;
    private long position;

    /// @param parts the stored ones, one after the other
    SparseContent(InputStream parts, SparseMap map, long size) {
        this.parts = parts;
        this.map = map;
        this.size = size;
    }

    /// Passes over a hole at the current position.
    ///
    /// @return its bytes, 0 if there is none here
    long skipHole() {
        long hole = hole();
        position += hole;
        return hole;
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
        if (position == size) {
            return -1;
        }
        long hole = hole();
        int count;
        if (hole > 0) {
            count = (int) Math.min(len, hole);
            Arrays.fill(bytes, off, off + count, (byte) 0);
        } else {
            long left = map.offset(next) + map.length(next) - position;
            count = parts.read(bytes, off, (int) Math.min(len, left));
            if (count < 0) {
                return count;
            }
        }
        position += count;
        return count;
    }

    private long hole() {
        while (next < map.count() && position >= map.offset(next) + map.length(next)) {
            next++;
        }
        long until = next < map.count() ? map.offset(next) : size;
        return Math.max(until - position, 0);
    }
}
