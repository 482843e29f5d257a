package dev.jbuild.store.deflate;

/// Compresses blocks of up to 1 MiB as deflate (RFC 1951), each by itself: pieces that any number
/// of threads made join to one stream. What is written is a function of the input and the level, in
/// integers, and nothing else; [#VERSION] changes with it. Used by one thread.
public final class Deflate {
    /// Of the bytes written: raised whenever any input gives others.
    public static final int VERSION = 2;

    public static final int LEVELS = Effort.LEVELS;

    /// Input whose symbols are counted together.
    private static final int SEGMENT = 1 << 13;

    /// The longest deflate block.
    private static final int MAX_BLOCK = (1 << 17) + SEGMENT;

    /// What another deflate block costs, in 1/256 bits: mainly its codes.
    private static final long BLOCK_COST = 600L << 8;

    private final MatchFinder finder;
    private final BlockWriter writer = new BlockWriter();

    /// Those of a block, and of the next segment with a match that reaches beyond it; a few more
    /// that are written and not counted.
    private final Tokens tokens = new Tokens(MAX_BLOCK + SEGMENT + Symbols.MAX_LENGTH + 8);

    private Histogram block = new Histogram();
    private Histogram segment = new Histogram();

    /// @param level 1, fast, to 9, small
    public Deflate(int level) {
        finder = MatchFinder.of(Effort.of(level));
    }

    /// Room that output for so many bytes of input may need.
    public static int bound(int length) {
        return length + (length >>> 10) + 64;
    }

    /// Compresses a stretch of the input.
    ///
    /// @param last whether it ends the stream; if not, the output ends at a whole byte with an
    ///     empty stored block
    /// @param output with [#bound] bytes
    /// @return the bytes written
    public int compress(byte[] input, int offset, int length, boolean last, byte[] output) {
        finder.reset();
        writer.begin(output);
        tokens.count = 0;
        block.clear();
        int end = offset + length;
        int blockBegin = offset;
        int position = offset;
        int counted = 0;
        long cost = 0;
        while (position < end) {
            int begin = position;
            position =
                    finder.find(input, offset, begin, Math.min(end, begin + SEGMENT), end, tokens);
            segment.clear();
            segment.count(tokens, counted, tokens.count);
            long segmentCost = segment.cost();
            long together = block.costWith(segment);
            boolean apart =
                    position - blockBegin > MAX_BLOCK || together > cost + segmentCost + BLOCK_COST;
            if (begin > blockBegin && apart) {
                writer.write(input, blockBegin, begin, tokens, counted, block, false);
                tokens.drop(counted);
                blockBegin = begin;
                cost = segmentCost;
                Histogram written = block;
                block = segment;
                segment = written;
            } else {
                block.add(segment);
                cost = together;
            }
            counted = tokens.count;
        }
        if (position > blockBegin || last) {
            writer.write(input, blockBegin, end, tokens, counted, block, last);
        }
        return writer.end(last);
    }
}
