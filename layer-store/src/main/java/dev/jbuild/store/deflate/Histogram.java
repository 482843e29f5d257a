package dev.jbuild.store.deflate;

import java.util.Arrays;

/// How often each symbol occurs.
final class Histogram {
    /// Fraction bits of costs and logarithms.
    private static final int FRACTION = 8;

    /// log2(1 + i / 256).
    private static final int[] LOGARITHM = new int[256];

    static {
        for (int i = 0; i < LOGARITHM.length; i++) {
            // StrictMath, as Math may differ from machine to machine
            double log = StrictMath.log(1 + i / 256.0) / StrictMath.log(2);
            LOGARITHM[i] = (int) StrictMath.rint(log * (1 << FRACTION));
        }
    }

    /// Of small numbers, as [#weight] says.
    private static final int[] WEIGHTS = new int[1 << 12];

    static {
        for (int i = 1; i < WEIGHTS.length; i++) {
            WEIGHTS[i] = i * logarithm(i);
        }
    }

    /// Literals, end of block, lengths.
    final int[] literals = new int[Symbols.LITERALS_AND_LENGTHS];

    /// With room for what is none.
    final int[] distances = new int[Tokens.DISTANCE_SYMBOLS];

    private final int[] kinds = new int[Tokens.KINDS];

    /// Of every second token, so that none waits for what the one before it counted.
    private final int[] secondDistances = new int[Tokens.DISTANCE_SYMBOLS];

    void clear() {
        Arrays.fill(literals, 0);
        Arrays.fill(distances, 0);
    }

    void count(Tokens tokens, int first, int end) {
        int[] kinds = this.kinds;
        int[] distances = this.distances;
        int[] secondDistances = this.secondDistances;
        int[] packed = tokens.packed;
        Arrays.fill(kinds, 0);
        Arrays.fill(secondDistances, 0);
        int i = first;
        for (; i < end - 1; i += 2) {
            int token = packed[i];
            int second = packed[i + 1];
            kinds[Tokens.kind(token)]++;
            kinds[Tokens.kind(second)]++;
            distances[Tokens.distanceSymbol(token)]++;
            secondDistances[Tokens.distanceSymbol(second)]++;
        }
        if (i < end) {
            kinds[Tokens.kind(packed[i])]++;
            distances[Tokens.distanceSymbol(packed[i])]++;
        }
        addAll(distances, secondDistances);
        distances[Tokens.NO_DISTANCE] = 0;
        for (int literal = 0; literal < Symbols.LITERALS; literal++) {
            literals[literal] += kinds[literal];
        }
        for (int length = Symbols.MIN_LENGTH; length <= Symbols.MAX_LENGTH; length++) {
            literals[Symbols.FIRST_LENGTH + Symbols.LENGTH_SYMBOL[length]] +=
                    kinds[Symbols.LITERALS - Symbols.MIN_LENGTH + length];
        }
    }

    void add(Histogram other) {
        addAll(literals, other.literals);
        addAll(distances, other.distances);
    }

    private static void addAll(int[] counts, int[] more) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += more[i];
        }
    }

    /// What ideal codes of this would cost, in 1/256 bits, without extra bits, which don't depend
    /// on the codes.
    long cost() {
        return cost(literals, NONE) + cost(distances, NONE);
    }

    /// What ideal codes of both together would cost.
    long costWith(Histogram other) {
        return cost(literals, other.literals) + cost(distances, other.distances);
    }

    private static final int[] NONE = new int[Symbols.LITERALS_AND_LENGTHS];

    private static long cost(int[] counts, int[] more) {
        long cost = 0;
        int total = 0;
        for (int i = 0; i < counts.length; i++) {
            int count = counts[i] + more[i];
            total += count;
            cost -= weight(count);
        }
        return cost + weight(total);
    }

    /// A number times its logarithm.
    private static long weight(int value) {
        return value < WEIGHTS.length ? WEIGHTS[value] : (long) value * logarithm(value);
    }

    /// log2 in 1/256.
    private static int logarithm(int value) {
        int whole = 31 - Integer.numberOfLeadingZeros(value);
        int mantissa = whole >= 8 ? value >>> (whole - 8) : value << (8 - whole);
        return (whole << FRACTION) + LOGARITHM[mantissa & 0xff];
    }
}
