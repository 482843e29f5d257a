package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;

/// Compresses a layer block by block. What it writes depends on the bytes and the level alone, not
/// on the number of threads.
sealed interface LayerEncoder extends AutoCloseable
        permits GzipEncoder, LibdeflateEncoder, PlainEncoder, ZstdEncoder {

    /// Name, version and level: everything the compressed bytes are a function of, besides the
    /// content.
    String description();

    /// Compresses a block by itself; called by several threads at once.
    void compress(Block block);

    /// Writes a block; called in order, after [#compress].
    void append(Block block, BlobWriter out) throws IOException;

    /// Writes what comes after the last block.
    ///
    /// @param crc32 of all uncompressed bytes
    /// @param size the uncompressed bytes
    void finish(long crc32, long size, BlobWriter out) throws IOException;

    /// Frees native memory. No other method runs any more; closing again does nothing.
    @Override
    void close() throws IOException;

    static LayerEncoder of(LayerOptions options) {
        int level = options.level();
        return switch (options.encoding()) {
            case NONE -> new PlainEncoder();
            case GZIP -> GzipEncoder.own(level);
            case GZIP_JDK -> GzipEncoder.jdk(level);
            case GZIP_ISAL -> GzipEncoder.isal(level);
            case GZIP_LIBDEFLATE -> new LibdeflateEncoder(level);
            case ZSTD -> new ZstdEncoder(level);
        };
    }
}
