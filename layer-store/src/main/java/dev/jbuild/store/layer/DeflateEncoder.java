package dev.jbuild.store.layer;

import dev.jbuild.store.BlobWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.Deflater;

/// One gzip member (RFC 1952) of blocks that the JDK's Deflater compresses independently, each with
/// the window before it as dictionary and ended by a sync flush.
final class DeflateEncoder implements LayerEncoder {
    private static final int VERSION = 1;

    /// Deflate, no flags, no time, no hint about the level, unknown system.
    private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

    private final int level;
    private final Queue<Deflater> idle = new ConcurrentLinkedQueue<>();
    private boolean begun;

    DeflateEncoder(int level) {
        this.level = level;
    }

    /// With the JDK, whose zlib may be its own or the system's.
    @Override
    public String description() {
        return "jdk-deflate/" + VERSION + " level=" + level + " jdk=" + Runtime.version();
    }

    @Override
    public void compress(Block block) {
        Deflater deflater = idle.poll();
        if (deflater == null) {
            deflater = new Deflater(level, true);
        }
        if (block.windowLength > 0) {
            deflater.setDictionary(block.input, 0, block.windowLength);
        }
        deflater.setInput(block.input, Block.WINDOW, block.length);
        if (block.last) {
            deflater.finish();
        }
        int mode = block.last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH;
        int room;
        int count;
        do {
            room = block.outputRoom();
            count = deflater.deflate(block.output, block.outputLength, room, mode);
            block.outputLength += count;
        } while (count == room);
        deflater.reset();
        idle.add(deflater);
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
        idle.forEach(Deflater::end);
    }
}
