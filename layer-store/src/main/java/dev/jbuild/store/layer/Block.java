package dev.jbuild.store.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/// A stretch of a layer's tar on its way through a [BlockPipeline]: the bytes, and what they were
/// compressed to. Written by one thread at a time; the pipeline's queues pass it on.
final class Block {
    /// Bytes of a full block. The compressed stream depends on it.
    static final int SIZE = 1 << 20;

    final byte[] input = new byte[SIZE];

    /// The compressed bytes; none until they are asked for.
    byte[] output = new byte[0];

    int length;
    int outputLength;
    boolean last;

    /// What of it is content that is hashed by itself, in the order of the bytes.
    final List<Content> contents = new ArrayList<>();

    /// A stretch of a file's content.
    record Content(int from, int length, ContentHash file) {
        void hash(byte[] input) {
            file.update(input, from, length);
        }
    }

    /// Reached zero when the block is compressed.
    CountDownLatch compressed = new CountDownLatch(1);

    void reset() {
        length = 0;
        outputLength = 0;
        last = false;
        contents.clear();
        compressed = new CountDownLatch(1);
    }

    /// [#output], enlarged if need be, what is in it kept.
    byte[] output(int capacity) {
        if (output.length < capacity) {
            output = Arrays.copyOf(output, Math.max(capacity, 2 * output.length));
        }
        return output;
    }
}
