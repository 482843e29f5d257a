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
    /// @throws ExpansionException when reading it, if it is out of all proportion to `in`
    public static InputStream open(InputStream in) throws IOException {
        return open(in, ArchiveLimits.DEFAULT);
    }

    static InputStream open(InputStream in, ArchiveLimits limits) throws IOException {
        ExpansionGuard.Compressed counted = new ExpansionGuard.Compressed(in);
        BufferedInputStream buffered = new BufferedInputStream(counted, 1 << 16);
        return switch (Compression.detect(begin(buffered)).orElse(Compression.NONE)) {
            case GZIP -> new ExpansionGuard(new GzipInput(buffered), counted, limits);
            case ZSTD -> new ExpansionGuard(Foreign.zstd(buffered), counted, limits);
            case NONE -> buffered;
        };
    }

    /// The uncompressed content of gzip, zstd, xz or bzip2, as archives may be; anything else as it
    /// is.
    ///
    /// @return closes `in` when it is closed
    /// @throws ExpansionException when reading it, if it is out of all proportion to `in`
    public static InputStream openArchive(InputStream in) throws IOException {
        ArchiveLimits limits = ArchiveLimits.DEFAULT;
        ExpansionGuard.Compressed counted = new ExpansionGuard.Compressed(in);
        BufferedInputStream buffered = new BufferedInputStream(counted, 1 << 16);
        byte[] begin = begin(buffered);
        if (Compression.startsWith(begin, XZ)) {
            return new ExpansionGuard(Foreign.xz(buffered), counted, limits);
        }
        return Compression.startsWith(begin, BZIP2)
                ? new ExpansionGuard(Foreign.bzip2(buffered), counted, limits)
                : open(buffered, limits);
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
            return new XZInputStream(in, 1 << 17); // KiB of memory; xz -9 needs 65 MiB
        }

        static InputStream bzip2(InputStream in) throws IOException {
            return new BZip2CompressorInputStream(in, true);
        }
    }
}
