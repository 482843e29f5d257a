package dev.jbuild.store.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Decompression by what the content begins with, whatever anyone says it is.
public final class Decompression {
    private static final int[] GZIP = {0x1f, 0x8b};
    private static final int[] ZSTD = {0x28, 0xb5, 0x2f, 0xfd};

    private Decompression() {}

    /// The uncompressed content of gzip or zstd; anything else as it is.
    ///
    /// @return closes `in` when it is closed
    public static InputStream open(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        return switch (detect(buffered)) {
            case GZIP -> new GzipInput(buffered);
            case ZSTD -> new ZstdInputStreamNoFinalizer(buffered);
            case NONE -> buffered;
        };
    }

    private static Compression detect(BufferedInputStream in) throws IOException {
        in.mark(ZSTD.length);
        byte[] begin = in.readNBytes(ZSTD.length);
        in.reset();
        if (startsWith(begin, GZIP)) {
            return Compression.GZIP;
        }
        return startsWith(begin, ZSTD) ? Compression.ZSTD : Compression.NONE;
    }

    static boolean startsWith(byte[] bytes, int[] magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
