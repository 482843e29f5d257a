package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/// One gzip member (RFC 1952) of blocks that are compressed independently, each but the last ended
/// by an empty stored block, as by a sync flush.
final class GzipEncoder implements LayerEncoder {
    /// Deflate, no flags, no time, no hint about the level, unknown system.
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final String description;
    private final Supplier<BlockDeflater> deflaters;
    private final Queue<BlockDeflater> idle = new ConcurrentLinkedQueue<>();
    private boolean begun;

    private GzipEncoder(String description, Supplier<BlockDeflater> deflaters) {
        this.description = description;
        this.deflaters = deflaters;
    }

    /// With jbuild's own deflate: the same bytes on every machine.
    static GzipEncoder own(int level) {
        return new GzipEncoder(JavaDeflater.description(level), () -> new JavaDeflater(level));
    }

    /// With the JDK's, whose zlib may be its own or the system's.
    static GzipEncoder jdk(int level) {
        return new GzipEncoder(JdkDeflater.description(level), () -> new JdkDeflater(level));
    }

    /// With the system's ISA-L.
    ///
    /// @throws UnsupportedOperationException if there is none
    static GzipEncoder isal(int level) {
        GzipEncoder encoder =
                new GzipEncoder(IsalDeflater.description(level), () -> new IsalDeflater(level));
        encoder.idle.add(encoder.deflaters.get()); // so that it is missing now or never
        return encoder;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void compress(Block block) {
        BlockDeflater deflater = idle.poll();
        if (deflater == null) {
            deflater = deflaters.get();
        }
        try {
            deflater.compress(block);
        } finally {
            idle.add(deflater);
        }
    }

    @Override
    public void append(Block block, BlobWriter out) throws IOException {
        if (!begun) {
            out.write(ByteBuffer.wrap(HEADER));
            begun = true;
        }
        out.write(ByteBuffer.wrap(block.output, 0, block.outputLength));
    }

    @Override
    public void finish(long crc32, long size, BlobWriter out) throws IOException {
        ByteBuffer trailer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
        out.write(trailer.putInt((int) crc32).putInt((int) size).flip());
    }

    @Override
    public void close() {
        idle.forEach(BlockDeflater::close);
    }
}
