package dev.jbuild.store.layer;

import java.util.zip.Deflater;

/// The JDK's Deflater: zlib, the JDK's own copy or the system's.
final class JdkDeflater implements BlockDeflater {
    private static final int VERSION = 2;

    private final Deflater deflater;

    JdkDeflater(int level) {
        deflater = new Deflater(level, true);
    }

    static String description(int level) {
        return "jdk-deflate/" + VERSION + " level=" + level + " jdk=" + Runtime.version();
    }

    @Override
    public void compress(Block block) {
        deflater.reset();
        deflater.setInput(block.input, 0, block.length);
        if (block.last) {
            deflater.finish();
        }
        int mode = block.last ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH;
        int room;
        int count;
        do {
            byte[] output = block.output(block.outputLength + 1);
            room = output.length - block.outputLength;
            count = deflater.deflate(output, block.outputLength, room, mode);
            block.outputLength += count;
        } while (count == room);
    }

    @Override
    public void close() {
        deflater.end();
    }
}
