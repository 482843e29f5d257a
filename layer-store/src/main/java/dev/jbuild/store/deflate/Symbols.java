package dev.jbuild.store.deflate;

/// Deflate's alphabets (RFC 1951, section 3.2.5): lengths and distances as a symbol and extra bits.
final class Symbols {
    static final int LITERALS = 256;
    static final int END_OF_BLOCK = 256;
    static final int FIRST_LENGTH = 257;

    /// Literals, the end of a block, and 29 lengths.
    static final int LITERALS_AND_LENGTHS = 286;

    static final int DISTANCES = 30;
    static final int MIN_LENGTH = 3;
    static final int MAX_LENGTH = 258;

    /// Of each length symbol, counted from 0: its shortest length and its extra bits.
    static final int[] LENGTH_BASE = new int[29];

    static final int[] LENGTH_BITS = new int[29];

    /// Symbol, counted from 0, of each length.
    static final byte[] LENGTH_SYMBOL = new byte[MAX_LENGTH + 1];

    /// Extra bits of each distance symbol.
    static final int[] DISTANCE_BITS = new int[DISTANCES];

    static {
        int length = MIN_LENGTH;
        for (int symbol = 0; symbol < 28; symbol++) {
            LENGTH_BASE[symbol] = length;
            LENGTH_BITS[symbol] = symbol < 8 ? 0 : (symbol >> 2) - 1;
            for (int i = 0; i < 1 << LENGTH_BITS[symbol] && length <= MAX_LENGTH; i++) {
                LENGTH_SYMBOL[length++] = (byte) symbol;
            }
        }
        LENGTH_BASE[28] = MAX_LENGTH; // which has a symbol of its own
        LENGTH_SYMBOL[MAX_LENGTH] = 28;
        for (int symbol = 4; symbol < DISTANCES; symbol++) {
            DISTANCE_BITS[symbol] = (symbol >> 1) - 1;
        }
    }

    private Symbols() {}

    /// Extra bits of a distance. Its symbol is twice as many, and what of it is above them.
    ///
    /// @param before the distance less 1: 0 to 32767
    static int distanceBits(int before) {
        return Math.max(0, 30 - Integer.numberOfLeadingZeros(before));
    }
}
