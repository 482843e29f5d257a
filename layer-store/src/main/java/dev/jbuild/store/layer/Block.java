package dev.jbuild.store.layer;

import java.util.concurrent.CountDownLatch;

/// A stretch of a layer's tar on its way through a [BlockPipeline]: the bytes, the window before
/// them, and what they were compressed to. Written by one thread at a time; the pipeline's queues
/// pass it on.
final class Block {
    /// Bytes of a full block. The compressed stream depends on it.
    static final int SIZE = 1 << 20;

    /// Bytes before the block that matches may reach back to: deflate's window.
    static final int WINDOW = 1 << 15;

    /// The window, then the block's own bytes from [#WINDOW] on.
    final byte[] input = new byte[WINDOW + SIZE];

    /// The compressed bytes; replaced by a larger array if need be.
    byte[] output = new byte[SIZE / 2];

    int windowLength;
    int length;
    int outputLength;
    boolean last;

    /// Reached zero when the block is compressed.
    CountDownLatch compressed = new CountDownLatch(1);

    /// Makes this the successor of a full block.
    void follow(Block before) {
        System.arraycopy(before.input, before.length, input, 0, WINDOW);
        windowLength = WINDOW;
    }

    void reset() {
        windowLength = 0;
        length = 0;
        outputLength = 0;
        last = false;
        compressed = new CountDownLatch(1);
    }

    /// Room left in [#output], which is enlarged if there is none.
    int outputRoom() {
        if (outputLength == output.length) {
            output = java.util.Arrays.copyOf(output, output.length * 2);
        }
        return output.length - outputLength;
    }
}
