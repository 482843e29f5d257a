package dev.jbuild.store.layer;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.XZInputStream;

/// Decompression by what the content begins with, whatever anyone says it is.
public final class Decompression {
    private static final int[] XZ = {0xfd, '7', 'z', 'X', 'Z', 0};
    private static final int[] BZIP2 = {'B', 'Z', 'h'};

    private Decompression() {}

    /// The uncompressed content of gzip or zstd, as layers may be; anything else as it is.
    ///
    /// @return closes `in` when it is closed
    public static InputStream open(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        return switch (Compression.detect(begin(buffered)).orElse(Compression.NONE)) {
            case GZIP -> new GzipInput(buffered);
            case ZSTD -> Foreign.zstd(buffered);
            case NONE -> buffered;
        };
    }

    /// The uncompressed content of gzip, zstd, xz or bzip2, as archives may be; anything else as it
    /// is.
    ///
    /// @return closes `in` when it is closed
    public static InputStream openArchive(InputStream in) throws IOException {
        BufferedInputStream buffered = new BufferedInputStream(in, 1 << 16);
        byte[] begin = begin(buffered);
        if (Compression.startsWith(begin, XZ)) {
            return Foreign.xz(buffered);
        }
        return Compression.startsWith(begin, BZIP2) ? Foreign.bzip2(buffered) : open(buffered);
    }

    private static byte[] begin(BufferedInputStream in) throws IOException {
        in.mark(XZ.length);
        byte[] begin = in.readNBytes(XZ.length);
        in.reset();
        return begin;
    }

    /// Keeps the libraries from being loaded before they are needed.
    private static final class Foreign {
        static InputStream zstd(InputStream in) throws IOException {
            return new ZstdInputStreamNoFinalizer(in);
        }

        static InputStream xz(InputStream in) throws IOException {
            return new XZInputStream(in, 1 << 20); // KiB of memory; xz -9 needs 65 MiB
        }

        static InputStream bzip2(InputStream in) throws IOException {
            return new BZip2CompressorInputStream(in, true);
        }
    }
}
