package dev.jbuild.store.layer;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/// A fixed number of blocks that go round in a [BlockPipeline], each made when it is first needed.
/// Safe for use by several threads.
final class BlockPool {
    private final BlockingQueue<Block> free;
    private final AtomicInteger toMake;

    BlockPool(int blocks) {
        this.free = new ArrayBlockingQueue<>(blocks);
        this.toMake = new AtomicInteger(blocks);
    }

    /// Waits for a block if all are in use.
    Block take() throws InterruptedException {
        Block block = free.poll();
        if (block != null) {
            return block;
        }
        if (toMake.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
            return new Block();
        }
        return free.take();
    }

    void give(Block block) {
        block.reset();
        free.add(block);
    }
}
