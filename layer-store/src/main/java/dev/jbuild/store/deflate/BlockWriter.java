package dev.jbuild.store.deflate;

import java.util.Arrays;

/// Writes tokens as a deflate block: with codes of its own, with the fixed codes, or stored,
/// whichever is smallest (RFC 1951, section 3.2.3).
final class BlockWriter {
    private static final int STORED = 0;
    private static final int FIXED = 1;
    private static final int DYNAMIC = 2;
    private static final int MAX_STORED = 0xffff;

    /// The order in which the lengths of the code of code lengths are written.
    private static final int[] ORDER = {
        16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
    };

    private static final HuffmanCode FIXED_LITERALS = HuffmanCode.fixedLiterals();
    private static final HuffmanCode FIXED_DISTANCES = HuffmanCode.fixedDistances();

    private final BitOutput out = new BitOutput();

    /// 14 bits, one less than allowed: [BitOutput] writes four literals at once.
    private final HuffmanCode literals = new HuffmanCode(Symbols.LITERALS_AND_LENGTHS, 14);

    private final HuffmanCode distances = new HuffmanCode(Symbols.DISTANCES, 15);
    private final PackedCodes packed = new PackedCodes();
    private final CodeLengths codeLengths = new CodeLengths();

    void begin(byte[] output) {
        out.begin(output);
    }

    /// Writes a block.
    ///
    /// @param histogram of the tokens, without the end of the block
    void write(
            byte[] input,
            int from,
            int end,
            Tokens tokens,
            int count,
            Histogram histogram,
            boolean last) {
        histogram.literals[Symbols.END_OF_BLOCK] = 1;
        literals.build(histogram.literals);
        distances.build(histogram.distances);
        codeLengths.set(literals, distances);
        long extra = extraBits(histogram);
        long dynamic =
                codeLengths.bits()
                        + literals.bits(histogram.literals)
                        + distances.bits(histogram.distances)
                        + extra;
        long fixed =
                FIXED_LITERALS.bits(histogram.literals)
                        + FIXED_DISTANCES.bits(histogram.distances)
                        + extra;
        long stored = 8L * (end - from) + 32;
        if (end > from && stored <= Math.min(dynamic, fixed)) {
            store(input, from, end, last);
            return;
        }
        out.put(last ? 1 : 0, 1);
        if (fixed <= dynamic) {
            out.put(FIXED, 2);
            packed.set(FIXED_LITERALS, FIXED_DISTANCES);
        } else {
            out.put(DYNAMIC, 2);
            codeLengths.write(out);
            packed.set(literals, distances);
        }
        out.put(tokens, count, packed);
        HuffmanCode code = fixed <= dynamic ? FIXED_LITERALS : literals;
        out.put(code.codes[Symbols.END_OF_BLOCK], code.lengths[Symbols.END_OF_BLOCK]);
    }

    private static long extraBits(Histogram histogram) {
        long bits = 0;
        for (int i = 0; i < Symbols.LENGTH_BITS.length; i++) {
            bits += (long) histogram.literals[Symbols.FIRST_LENGTH + i] * Symbols.LENGTH_BITS[i];
        }
        for (int i = 0; i < Symbols.DISTANCES; i++) {
            bits += (long) histogram.distances[i] * Symbols.DISTANCE_BITS[i];
        }
        return bits;
    }

    private void store(byte[] input, int from, int end, boolean last) {
        int position = from;
        while (position < end) {
            int length = Math.min(MAX_STORED, end - position);
            out.put(last && position + length == end ? 1 : 0, 1);
            out.put(STORED, 2);
            out.align();
            out.put(length | (long) (length ^ 0xffff) << 16, 32);
            out.put(input, position, length);
            position += length;
        }
    }

    /// Ends the output at a whole byte: with an empty stored block, as a sync flush does, if more
    /// is to follow.
    ///
    /// @return the bytes written
    int end(boolean last) {
        if (!last) {
            out.put(STORED << 1, 3);
        }
        out.align();
        if (!last) {
            out.put(0xffff_0000L, 32);
        }
        return out.length();
    }

    /// The two codes of a block, written down (RFC 1951, section 3.2.7).
    private static final class CodeLengths {
        private static final int REPEAT = 16;
        private static final int ZEROS = 17;
        private static final int MANY_ZEROS = 18;

        /// Extra bits of the last three symbols.
        private static final int[] EXTRA = {2, 3, 7};

        private final HuffmanCode code = new HuffmanCode(19, 7);
        private final int[] counts = new int[19];
        private final byte[] lengths = new byte[Symbols.LITERALS_AND_LENGTHS + Symbols.DISTANCES];

        /// Symbol below, extra bits above 8 bits.
        private final int[] symbols = new int[lengths.length];

        private int symbolCount;
        private int literalCount;
        private int distanceCount;
        private int codeCount;

        void set(HuffmanCode literals, HuffmanCode distances) {
            literalCount = literals.used(Symbols.FIRST_LENGTH);
            distanceCount = distances.used(1);
            System.arraycopy(literals.lengths, 0, lengths, 0, literalCount);
            System.arraycopy(distances.lengths, 0, lengths, literalCount, distanceCount);
            Arrays.fill(counts, 0);
            symbolCount = 0;
            int end = literalCount + distanceCount;
            for (int i = 0; i < end; ) {
                int run = 1;
                while (i + run < end && lengths[i + run] == lengths[i]) {
                    run++;
                }
                addRun(lengths[i], run);
                i += run;
            }
            code.build(counts);
            codeCount = ORDER.length;
            while (codeCount > 4 && code.lengths[ORDER[codeCount - 1]] == 0) {
                codeCount--;
            }
        }

        private void addRun(int length, int run) {
            int rest = run;
            if (length == 0) {
                for (; rest >= 11; rest -= Math.min(rest, 138)) {
                    add(MANY_ZEROS, Math.min(rest, 138) - 11);
                }
                if (rest >= 3) {
                    add(ZEROS, rest - 3);
                    rest = 0;
                }
            } else {
                add(length, 0);
                rest--;
                for (; rest >= 3; rest -= Math.min(rest, 6)) {
                    add(REPEAT, Math.min(rest, 6) - 3);
                }
            }
            for (; rest > 0; rest--) {
                add(length, 0);
            }
        }

        private void add(int symbol, int extra) {
            symbols[symbolCount++] = symbol | extra << 8;
            counts[symbol]++;
        }

        long bits() {
            long bits = 14 + 3L * codeCount + code.bits(counts);
            for (int i = 0; i < EXTRA.length; i++) {
                bits += (long) counts[REPEAT + i] * EXTRA[i];
            }
            return bits;
        }

        void write(BitOutput out) {
            out.put(literalCount - Symbols.FIRST_LENGTH, 5);
            out.put(distanceCount - 1, 5);
            out.put(codeCount - 4, 4);
            for (int i = 0; i < codeCount; i++) {
                out.put(code.lengths[ORDER[i]], 3);
            }
            for (int i = 0; i < symbolCount; i++) {
                int symbol = symbols[i] & 0xff;
                out.put(code.codes[symbol], code.lengths[symbol]);
                if (symbol >= REPEAT) {
                    out.put(symbols[i] >>> 8, EXTRA[symbol - REPEAT]);
                }
            }
        }
    }
}
