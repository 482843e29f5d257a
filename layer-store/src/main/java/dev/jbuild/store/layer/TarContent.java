package dev.jbuild.store.layer;

import java.io.IOException;
import java.io.InputStream;

/// The content of one entry, a window of the archive.
final class TarContent extends InputStream {
    private final InputStream archive;
    private final TarHeader header;
    private final long size;
    private long remaining;
    private boolean skipped;

    TarContent(InputStream archive, long size, TarHeader header) {
        this.archive = archive;
        this.header = header;
        this.size = size;
        this.remaining = size;
    }

    static TarContent empty(InputStream archive) {
        return new TarContent(archive, 0, new TarHeader(java.util.Map.of(), ArchiveLimits.DEFAULT));
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
        if (remaining == 0 || skipped) {
            return -1;
        }
        int count = archive.read(bytes, off, (int) Math.min(len, remaining));
        if (count < 0) {
            throw cutOff();
        }
        remaining -= count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return skipped ? 0 : (int) Math.min(archive.available(), remaining);
    }

    /// Moves the archive behind this content and its padding; reading gives nothing more.
    ///
    /// @return the bytes of content and padding together, the first time
    long skip() throws IOException {
        if (skipped) {
            return 0;
        }
        long rest = remaining + Ustar.padding(size);
        byte[] sink = new byte[(int) Math.min(rest, 1 << 16)];
        while (rest > 0) {
            int count = archive.read(sink, 0, (int) Math.min(sink.length, rest));
            if (count < 0) {
                throw cutOff();
            }
            rest -= count;
        }
        skipped = true;
        return size + Ustar.padding(size);
    }

    private InvalidTarException cutOff() {
        return header.invalid("the archive is cut off in its content of " + size + " bytes");
    }
}
