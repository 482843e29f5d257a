package dev.jbuild.store.deflate;

import java.util.Arrays;

/// Looks up four positions at once, one earlier position each, and takes the first match of the
/// four, or its successor if that is longer. Which it is, if any, is computed and not asked:
/// whether a match begins somewhere is what no processor can predict, and four independent lookups
/// hide what each waits for. Of the positions inside a match only the last ones are kept.
final class GroupFinder extends MatchFinder {
    private static final int GROUP = 4;
    private static final int WORD = 8;

    /// What a group needs to be read before the end of the block.
    private static final int REACH = GROUP - 1 + WORD;

    /// Groups without a match before positions are passed over.
    private static final int PATIENCE = 16;

    /// The most groups passed over at once.
    private static final int MAX_PASSED = 16;

    /// Where each hash was last met; the beginning of the block if nowhere.
    private final int[] table = new int[1 << HASH_BITS];

    /// Where the bytes of each of the four differ from its candidate's, as an exclusive or; two
    /// more that differ at once, for when there is no match and no successor.
    private final long[] differences = {0, 0, 0, 0, 1, 1};

    private final int[] candidates = new int[GROUP + 2];
    private final boolean lazy;
    private final boolean dense;
    private int groupsWithout;
    private boolean fresh = true;

    GroupFinder(Effort effort) {
        lazy = effort.lazyBelow() > 0;
        dense = effort.dense();
    }

    @Override
    void reset() {
        fresh = true;
        groupsWithout = 0;
    }

    @Override
    int find(byte[] input, int begin, int position, int segmentEnd, int end, Tokens tokens) {
        int[] table = this.table;
        int[] packed = tokens.packed;
        long[] differences = this.differences;
        int[] candidates = this.candidates;
        boolean lazy = this.lazy;
        boolean dense = this.dense;
        int count = tokens.count;
        int without = groupsWithout;
        int limit = Math.min(segmentEnd, end - REACH);
        int at = position;
        if (fresh && at < limit) {
            Arrays.fill(table, begin);
            packed[count++] = Tokens.literal(input[at++]); // so that no candidate is the position
            fresh = false;
        }
        while (at < limit) {
            long bytes0 = longAt(input, at);
            long bytes1 = longAt(input, at + 1);
            long bytes2 = longAt(input, at + 2);
            long bytes3 = longAt(input, at + 3);
            int hash0 = hash((int) bytes0);
            int hash1 = hash((int) bytes1);
            int hash2 = hash((int) bytes2);
            int hash3 = hash((int) bytes3);
            int candidate0 = table[hash0];
            int candidate1 = table[hash1];
            int candidate2 = table[hash2];
            int candidate3 = table[hash3];
            table[hash0] = at;
            table[hash1] = at + 1;
            table[hash2] = at + 2;
            table[hash3] = at + 3;
            long difference0 = difference(input, at, bytes0, candidate0);
            long difference1 = difference(input, at + 1, bytes1, candidate1);
            long difference2 = difference(input, at + 2, bytes2, candidate2);
            long difference3 = difference(input, at + 3, bytes3, candidate3);
            differences[0] = difference0;
            differences[1] = difference1;
            differences[2] = difference2;
            differences[3] = difference3;
            candidates[0] = candidate0;
            candidates[1] = candidate1;
            candidates[2] = candidate2;
            candidates[3] = candidate3;
            int matches =
                    matches(difference0)
                            | matches(difference1) << 1
                            | matches(difference2) << 2
                            | matches(difference3) << 3
                            | MATCH << GROUP;
            int chosen = Integer.numberOfTrailingZeros(matches) - MATCH_BIT;
            int length = equal(differences[chosen]);
            if (lazy) {
                int next = equal(differences[chosen + 1]);
                chosen += (length - next) >>> 31;
                length = Math.max(length, next);
            }
            packed[count] = Tokens.literal((int) bytes0);
            packed[count + 1] = Tokens.literal((int) bytes1);
            packed[count + 2] = Tokens.literal((int) bytes2);
            packed[count + 3] = Tokens.literal((int) bytes3);
            int from = at + chosen;
            int candidate = candidates[chosen];
            if (length == WORD) {
                int max = Math.min(Symbols.MAX_LENGTH, end - from);
                length = matchLength(input, from, candidate, WORD, max);
            }
            packed[count + chosen] = Tokens.match(length, from - candidate); // none is overwritten
            int none = chosen >>> 2;
            count += chosen + 1 - none;
            at = from + length;
            if (dense && at < limit) {
                put(table, input, at - 3);
                put(table, input, at - 2);
                put(table, input, at - 1);
            }
            without = (without + 1) & -none;
            if (without > PATIENCE) {
                int passed = GROUP * Math.min(without >>> 3, MAX_PASSED);
                int stop = Math.min(limit, at + passed);
                while (at < stop) {
                    packed[count++] = Tokens.literal(input[at++]);
                }
            }
        }
        groupsWithout = without;
        tokens.count = count;
        return endSegment(input, at, segmentEnd, tokens);
    }

    /// No bits in the lower bytes where they are equal; the lowest one if it is too far away.
    private static long difference(byte[] input, int position, long bytes, int candidate) {
        return (longAt(input, candidate) ^ bytes) | (WINDOW - position + candidate) >>> 31;
    }

    /// A match's bit of the four.
    private static final int MATCH_BIT = 5;

    private static final int MATCH = 1 << MATCH_BIT;

    /// [#MATCH] if at least four bytes are equal, or 0: the zeros before an int are 32 if it is 0.
    private static int matches(long difference) {
        return Integer.numberOfLeadingZeros((int) difference) & MATCH;
    }

    /// How many bytes are equal, up to eight.
    private static int equal(long difference) {
        return Long.numberOfTrailingZeros(difference) >>> 3;
    }

    private static void put(int[] table, byte[] input, int position) {
        table[hash(intAt(input, position))] = position;
    }
}
