package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The tar as it is.
final class PlainEncoder implements LayerEncoder {
    static final String DESCRIPTION = "none";

    @Override
    public String description() {
        return DESCRIPTION;
    }

    @Override
    public void compress(Block block) {}

    @Override
    public void append(Block block, BlobWriter out) throws IOException {
        out.write(ByteBuffer.wrap(block.input, 0, block.length));
    }

    @Override
    public void finish(long crc32, long size, BlobWriter out) {}

    @Override
    public void close() {}
}
