package dev.jbuild.store.deflate;

/// Codes as they are looked up while a block is written: the bits above, how many below.
final class PackedCodes {
    static final int SHIFT = 5;
    static final int LENGTH = (1 << SHIFT) - 1;

    /// Where the bits of a distance's code are: below them how many extra bits follow.
    static final int EXTRA_SHIFT = 2 * SHIFT;

    /// By kind of token; of a match with the extra bits of its length.
    final int[] kinds = new int[Tokens.KINDS];

    /// By symbol; none for no distance.
    final int[] distances = new int[Tokens.DISTANCE_SYMBOLS];

    void set(HuffmanCode literalCode, HuffmanCode distanceCode) {
        for (int i = 0; i < Symbols.LITERALS; i++) {
            kinds[i] = literalCode.codes[i] << SHIFT | literalCode.lengths[i];
        }
        for (int length = Symbols.MIN_LENGTH; length <= Symbols.MAX_LENGTH; length++) {
            int symbol = Symbols.LENGTH_SYMBOL[length];
            int bits = literalCode.lengths[Symbols.FIRST_LENGTH + symbol];
            int code = literalCode.codes[Symbols.FIRST_LENGTH + symbol];
            int extra = length - Symbols.LENGTH_BASE[symbol];
            kinds[Symbols.LITERALS - Symbols.MIN_LENGTH + length] =
                    (code | extra << bits) << SHIFT | (bits + Symbols.LENGTH_BITS[symbol]);
        }
        for (int i = 0; i < Symbols.DISTANCES; i++) {
            distances[i] =
                    distanceCode.codes[i] << EXTRA_SHIFT
                            | Symbols.DISTANCE_BITS[i] << SHIFT
                            | distanceCode.lengths[i];
        }
    }
}
