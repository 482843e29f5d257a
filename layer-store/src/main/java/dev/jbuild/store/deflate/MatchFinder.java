package dev.jbuild.store.deflate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Takes input apart into literals and matches. Positions are kept by a hash of the four bytes
/// there; a candidate counts if its bytes are equal, so it doesn't matter that stale ones are met.
/// Positions that follow each other without a match are
/// looked at ever more rarely: what is compressed already costs little.
abstract sealed class MatchFinder permits GroupFinder, BucketFinder {
    static final int WINDOW = 1 << 15;
    static final int HASH_BITS = 15;

    /// Shorter matches are no gain often enough to look for.
    static final int MIN_MATCH = 4;

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    static MatchFinder of(Effort effort) {
        return effort.ways() == 1 ? new GroupFinder(effort) : new BucketFinder(effort);
    }

    /// Forgets all positions: what is found in the next block depends on that block alone.
    abstract void reset();

    /// Takes a segment apart; the last match may reach beyond it.
    ///
    /// @param begin where the block begins: nothing before it is referred to
    /// @param position where the segment begins
    /// @param segmentEnd at most the block's end
    /// @param end of the block
    /// @return where the next segment begins
    abstract int find(
            byte[] input, int begin, int position, int segmentEnd, int end, Tokens tokens);

    static int intAt(byte[] input, int position) {
        return (int) INT.get(input, position);
    }

    static long longAt(byte[] input, int position) {
        return (long) LONG.get(input, position);
    }

    static int hash(int fourBytes) {
        return (fourBytes * 0x9e37_79b1) >>> (32 - HASH_BITS);
    }

    /// How many bytes are equal at two positions, of which some are known to be.
    static int matchLength(byte[] input, int position, int candidate, int known, int max) {
        int length = known;
        while (length + 8 <= max) {
            long difference = longAt(input, position + length) ^ longAt(input, candidate + length);
            if (difference != 0) {
                return length + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
            length += 8;
        }
        while (length < max && input[position + length] == input[candidate + length]) {
            length++;
        }
        return length;
    }

    /// Ends a segment at the first position not covered.
    static int endSegment(byte[] input, int position, int segmentEnd, Tokens tokens) {
        tokens.addLiterals(input, position, segmentEnd);
        return Math.max(position, segmentEnd);
    }
}
