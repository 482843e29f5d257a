package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;

/// Compresses a layer block by block. What it writes depends on the bytes and the level alone, not
/// on the number of threads.
interface LayerEncoder extends AutoCloseable {

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

    /// Frees native memory. No other method runs any more.
    @Override
    void close() throws IOException;

    static LayerEncoder of(LayerOptions options) {
        return switch (options.compression()) {
            case NONE -> new PlainEncoder();
            case GZIP -> new DeflateEncoder(options.level());
            case ZSTD -> new ZstdEncoder(options.level());
        };
    }
}
