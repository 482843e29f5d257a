package dev.jbuild.store.deflate;

/// What a stretch of input was taken apart into, a number each literal or match. A literal is a
/// match without distance, so that counting and writing them need not tell them apart.
final class Tokens {
    /// A literal's value, or 256 and a match's length less 3.
    static final int KINDS = 512;

    private static final int KIND_BITS = 9;
    private static final int SYMBOL_BITS = 5;

    /// In place of a distance's symbol; its code has no bits.
    static final int NO_DISTANCE = 30;

    static final int DISTANCE_SYMBOLS = 1 << SYMBOL_BITS;

    final int[] packed;
    int count;

    Tokens(int capacity) {
        packed = new int[capacity];
    }

    static int literal(int value) {
        return NO_DISTANCE << KIND_BITS | (value & 0xff);
    }

    /// @param distance 1 to 32768
    static int match(int length, int distance) {
        int before = distance - 1;
        int bits = Symbols.distanceBits(before);
        int symbol = 2 * bits + (before >>> bits);
        int extra = before & ~(-1 << bits);
        return extra << (KIND_BITS + SYMBOL_BITS)
                | symbol << KIND_BITS
                | (Symbols.LITERALS - Symbols.MIN_LENGTH + length);
    }

    static int kind(int token) {
        return token & KINDS - 1;
    }

    static int distanceSymbol(int token) {
        return token >>> KIND_BITS & DISTANCE_SYMBOLS - 1;
    }

    /// The extra bits of the distance.
    static int extra(int token) {
        return token >>> (KIND_BITS + SYMBOL_BITS);
    }

    /// Adds literals.
    void addLiterals(byte[] input, int from, int end) {
        int at = count;
        for (int i = from; i < end; i++) {
            packed[at++] = literal(input[i]);
        }
        count = at;
    }

    /// Forgets the first ones.
    void drop(int first) {
        System.arraycopy(packed, first, packed, 0, count - first);
        count -= first;
    }
}
