package dev.jbuild.store.deflate;

import java.util.Arrays;

/// The last two positions of each hash, in one int, and the longer match of the two taken at once.
/// Of the positions inside a match, at most four are kept. Whether a match begins somewhere is what
/// no processor can predict, so that is the only question asked: both candidates' lengths are
/// computed without branches.
final class PairFinder extends MatchFinder {
    private static final int WORD = 8;

    private final int[] table = new int[1 << HASH_BITS];
    private final boolean dense;

    PairFinder(Effort effort) {
        dense = effort.dense();
    }

    @Override
    void reset() {
        Arrays.fill(table, 0);
        misses = 1 << PATIENCE;
    }

    @Override
    int find(byte[] input, int begin, int position, int segmentEnd, int end, Tokens tokens) {
        int[] table = this.table;
        int[] packed = tokens.packed;
        int count = tokens.count;
        int misses = this.misses;
        boolean dense = this.dense;
        int limit = Math.min(segmentEnd, end - WORD); // so that nothing is read beyond the end
        while (position < limit) {
            long bytes = longAt(input, position);
            int hash = hash((int) bytes);
            int pair = table[hash];
            table[hash] = pair << 16 | (position & 0xffff);
            int distance = (position - pair) & 0xffff;
            int older = (position - (pair >>> 16)) & 0xffff;
            int best =
                    Math.max(
                            equal(input, begin, position, bytes, distance),
                            equal(input, begin, position, bytes, older));
            int length = best >>> 17;
            if (length < MIN_MATCH) {
                int next = position + (misses >>> PATIENCE);
                misses = Math.min(misses + 1, MAX_MISSES);
                packed[count++] = Tokens.literal((int) bytes);
                if (next != position + 1) {
                    int stop = Math.min(next, limit);
                    for (int i = position + 1; i < stop; i++) {
                        packed[count++] = Tokens.literal(input[i]);
                    }
                    next = stop;
                }
                position = next;
                continue;
            }
            misses = 1 << PATIENCE;
            int taken = 0x10000 - (best & 0x1ffff);
            if (length == WORD) {
                int max = Math.min(Symbols.MAX_LENGTH, end - position);
                length = matchLength(input, position, position - taken, WORD, max);
                if (taken == distance
                        && equal(input, begin, position, bytes, older) >>> 17 == WORD) {
                    int other = matchLength(input, position, position - older, WORD, max);
                    if (other > length) {
                        length = other;
                        taken = older;
                    }
                }
            }
            packed[count++] = Tokens.match(length, taken);
            int next = position + length;
            put(table, (int) (bytes >>> 8), position + 1);
            if (next < limit) {
                if (dense) {
                    put(table, (int) (bytes >>> 16), position + 2);
                }
                if (dense && length > MIN_MATCH) {
                    put(table, intAt(input, next - 2), next - 2);
                }
                put(table, intAt(input, next - 1), next - 1);
            }
            position = next;
        }
        this.misses = misses;
        tokens.count = count;
        return endSegment(input, position, segmentEnd, tokens);
    }

    /// How many bytes are equal, up to eight, in the upper bits; 2^16 less the distance, so that
    /// the nearer one is greater, in the lower 17. None if the distance is none or too far.
    private static int equal(byte[] input, int begin, int position, long bytes, int distance) {
        int candidate = position - distance;
        int beyond = (distance - 1) >>> 15 | (candidate - begin) >>> 31; // 0 if it may be
        long difference = (longAt(input, Math.max(candidate, begin)) ^ bytes) | beyond;
        return Long.numberOfTrailingZeros(difference) >>> 3 << 17 | (0x10000 - distance);
    }

    private static void put(int[] table, int fourBytes, int position) {
        int hash = hash(fourBytes);
        table[hash] = table[hash] << 16 | (position & 0xffff);
    }
}
