package dev.jbuild.store.layer;

import dev.jbuild.store.deflate.Deflate;

/// jbuild's own deflate.
final class JavaDeflater implements BlockDeflater {
    private final Deflate deflate;

    JavaDeflater(int level) {
        deflate = new Deflate(level);
    }

    static String description(int level) {
        return "jbuild-deflate/" + Deflate.VERSION + " level=" + level;
    }

    @Override
    public void compress(Block block) {
        byte[] output = block.output(Deflate.bound(Block.SIZE));
        block.outputLength = deflate.compress(block.input, 0, block.length, block.last, output);
    }

    @Override
    public void close() {}
}
