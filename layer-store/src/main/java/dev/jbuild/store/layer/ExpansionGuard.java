package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;

/// Decompressed content that may not be out of all proportion to what it was decompressed from.
final class ExpansionGuard extends InputStream {
    /// Counts what is read from the compressed content.
    static final class Compressed extends InputStream {
        private final InputStream in;
        private long count;

        /// @param in closed with this
        Compressed(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] bytes, int off, int len) throws IOException {
            int read = in.read(bytes, off, len);
            count += Math.max(read, 0);
            return read;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    private final InputStream plain;
    private final Compressed compressed;
    private final ArchiveLimits limits;
    private long count;

    /// @param plain closed with this
    ExpansionGuard(InputStream plain, Compressed compressed, ArchiveLimits limits) {
        this.plain = plain;
        this.compressed = compressed;
        this.limits = limits;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int off, int len) throws IOException {
        int read = plain.read(bytes, off, len);
        count += Math.max(read, 0);
        if (count > limits.bytes() && count / limits.ratio() > compressed.count) {
            throw new ExpansionException(
                    "compressed content of "
                            + compressed.count
                            + " bytes decompresses to more than "
                            + limits.ratio()
                            + " times as much, and to more than "
                            + limits.bytes()
                            + " bytes"
                            + ArchiveLimits.remedy("bytes"));
        }
        return read;
    }

    @Override
    public int available() throws IOException {
        return plain.available();
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }
}
