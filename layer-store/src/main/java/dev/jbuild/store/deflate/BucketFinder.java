package dev.jbuild.store.deflate;

import java.util.Arrays;

/// The last positions of each hash, the low 16 bits of four in a long, and the longest match taken;
/// with lazy effort only if the next position has none that is longer.
final class BucketFinder extends MatchFinder {
    private static final int PER_LONG = 4;

    /// A position is skipped once this many, as a power of two, had no match.
    private static final int PATIENCE = 6;

    /// The most positions stepped at once, times the patience.
    private static final int MAX_MISSES = 32 << PATIENCE;

    private final long[] table;
    private final int longs;
    private final Effort effort;

    /// Positions passed without a match, counted from the patience.
    private int misses = 1 << PATIENCE;

    BucketFinder(Effort effort) {
        this.effort = effort;
        this.longs = effort.ways() / PER_LONG;
        this.table = new long[longs << HASH_BITS];
    }

    @Override
    void reset() {
        Arrays.fill(table, 0);
        misses = 1 << PATIENCE;
    }

    @Override
    int find(byte[] input, int begin, int position, int segmentEnd, int end, Tokens tokens) {
        int limit = Math.min(segmentEnd, end - 9); // so that nothing is read beyond the end
        while (position < limit) {
            int match = best(input, begin, position, end, MIN_MATCH - 1);
            if (match == 0) {
                int next = Math.min(position + (misses >>> PATIENCE), limit);
                misses = Math.min(misses + 1, MAX_MISSES);
                tokens.addLiterals(input, position, next);
                position = next;
                continue;
            }
            misses = 1 << PATIENCE;
            int last = position; // put into the table
            while (last + 1 < limit && match >>> 16 < effort.lazyBelow()) {
                last = position + 1;
                int later = best(input, begin, last, end, match >>> 16);
                if (later == 0) {
                    break;
                }
                match = later;
                tokens.packed[tokens.count++] = Tokens.literal(input[position]);
                position = last;
            }
            tokens.packed[tokens.count++] = Tokens.match(match >>> 16, (match & 0xffff) + 1);
            position += match >>> 16;
            putInside(input, last + 1, Math.min(position, limit));
        }
        return endSegment(input, position, segmentEnd, tokens);
    }

    private void putInside(byte[] input, int first, int end) {
        if (effort.dense()) {
            for (int i = first; i < end; i++) {
                put(input, i);
            }
        } else {
            if (first < end) {
                put(input, first);
            }
            for (int i = Math.max(first + 1, end - 2); i < end; i++) {
                put(input, i);
            }
        }
    }

    private void put(byte[] input, int position) {
        int bucket = hash(intAt(input, position)) * longs;
        long newest = position & 0xffff;
        for (int i = bucket; i < bucket + longs; i++) {
            long four = table[i];
            table[i] = four << 16 | newest;
            newest = four >>> 48;
        }
    }

    /// Looks for a match longer than one had already, and puts the position into the table.
    ///
    /// @return length above 16 bits of distance less 1; 0 if there is none
    private int best(byte[] input, int begin, int position, int end, int had) {
        long[] table = this.table;
        int bytes = intAt(input, position);
        int bucket = hash(bytes) * longs;
        int reach = Math.min(position - begin, WINDOW);
        int max = Math.min(Symbols.MAX_LENGTH, end - position);
        int nice = Math.min(effort.nice(), max);
        int length = had;
        int match = 0;
        long newest = position & 0xffff;
        for (int i = bucket; i < bucket + longs; i++) {
            long four = table[i];
            table[i] = four << 16 | newest;
            newest = four >>> 48;
            for (int k = 0; k < PER_LONG && length < nice; k++) {
                int distance = (position - (int) four) & 0xffff;
                four >>>= 16;
                if (Integer.compareUnsigned(distance - 1, reach) < 0) {
                    int candidate = position - distance;
                    int tail = length - 3; // a longer match has these four bytes, too
                    if (intAt(input, candidate + tail) == intAt(input, position + tail)
                            && intAt(input, candidate) == bytes) {
                        int found = matchLength(input, position, candidate, MIN_MATCH, max);
                        if (found > length) {
                            length = found;
                            match = found << 16 | (distance - 1);
                        }
                    }
                }
            }
        }
        return match;
    }
}
