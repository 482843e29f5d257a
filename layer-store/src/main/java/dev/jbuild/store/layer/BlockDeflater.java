package dev.jbuild.store.layer;

/// Compresses blocks as deflate (RFC 1951), one after the other.
interface BlockDeflater extends AutoCloseable {
    /// Compresses a block into its output by itself, without regard to what was before it, and ends
    /// at a whole byte.
    void compress(Block block);

    /// Frees native memory.
    @Override
    void close();
}
