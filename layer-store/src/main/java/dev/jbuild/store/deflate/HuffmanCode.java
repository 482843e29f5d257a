package dev.jbuild.store.deflate;

import java.util.Arrays;

/// A canonical Huffman code of limited length (RFC 1951, section 3.2.2). Used again and again, as
/// building one is done for every block.
final class HuffmanCode {
    /// Bits of each symbol's code; 0 if it has none.
    final byte[] lengths;

    /// Each symbol's code, its first bit lowest, as it is written.
    final int[] codes;

    private final int maxLength;

    /// Count above, symbol below, so that sorting the numbers sorts by count, then symbol.
    private final int[] sorted;

    /// While the tree is built: weights, then parents, then depths.
    private final int[] tree;

    private final int[] perLength = new int[MAX_DEPTH + 1];

    /// While codes are given out: the next one of each length.
    private final int[] next;

    private static final int SYMBOL_BITS = 9;

    /// Deeper than any tree of counts whose sum is an int.
    private static final int MAX_DEPTH = 48;

    HuffmanCode(int symbols, int maxLength) {
        this.lengths = new byte[symbols];
        this.codes = new int[symbols];
        this.sorted = new int[symbols];
        this.tree = new int[symbols];
        this.next = new int[maxLength + 2];
        this.maxLength = maxLength;
    }

    /// The code that a block may use without writing it down.
    static HuffmanCode fixedLiterals() {
        HuffmanCode code = new HuffmanCode(288, 15); // two of them are never used
        Arrays.fill(code.lengths, 0, 144, (byte) 8);
        Arrays.fill(code.lengths, 144, 256, (byte) 9);
        Arrays.fill(code.lengths, 256, 280, (byte) 7);
        Arrays.fill(code.lengths, 280, 288, (byte) 8);
        code.assign();
        return code;
    }

    static HuffmanCode fixedDistances() {
        HuffmanCode code = new HuffmanCode(32, 15);
        Arrays.fill(code.lengths, (byte) 5);
        code.assign();
        return code;
    }

    /// Makes this the code for symbols that occur so often, each under 2^22 times. It is complete:
    /// if fewer than two occur, others get a code, too.
    void build(int[] counts) {
        int used = 0;
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            if (counts[symbol] > 0) {
                sorted[used++] = counts[symbol] << SYMBOL_BITS | symbol;
            }
        }
        for (int symbol = 0; used < 2; symbol++) {
            if (counts[symbol] == 0) {
                sorted[used++] = 1 << SYMBOL_BITS | symbol;
            }
        }
        Arrays.sort(sorted, 0, used);
        measureDepths(used);
        limitLengths();
        Arrays.fill(lengths, (byte) 0);
        int next = 0;
        for (int length = maxLength; length > 0; length--) {
            for (int i = perLength[length]; i > 0; i--) {
                lengths[sorted[next++] & (1 << SYMBOL_BITS) - 1] = (byte) length;
            }
        }
        assign();
    }

    /// How many codes of each length Huffman's tree gives, in place (Moffat and Katajainen 1995).
    private void measureDepths(int used) {
        int[] tree = this.tree;
        for (int i = 0; i < used; i++) {
            tree[i] = sorted[i] >>> SYMBOL_BITS;
        }
        int root = 0;
        int leaf = 0;
        for (int next = 0; next < used - 1; next++) {
            int weight = 0;
            for (int child = 0; child < 2; child++) {
                if (leaf >= used || (root < next && tree[root] < tree[leaf])) {
                    weight += tree[root];
                    tree[root++] = next;
                } else {
                    weight += tree[leaf++];
                }
            }
            tree[next] = weight;
        }
        tree[used - 2] = 0;
        for (int i = used - 3; i >= 0; i--) {
            tree[i] = tree[tree[i]] + 1;
        }
        Arrays.fill(perLength, 0);
        int node = used - 2;
        int available = 1;
        for (int depth = 0; available > 0; depth++) {
            int inner = 0;
            for (; node >= 0 && tree[node] == depth; node--) {
                inner++;
            }
            perLength[depth] = available - inner;
            available = 2 * inner;
        }
    }

    /// Shortens codes that are too long, two at a time: one takes the place of their parent, the
    /// other that of a shorter code, which becomes the sibling of it.
    private void limitLengths() {
        for (int length = MAX_DEPTH; length > maxLength; length--) {
            while (perLength[length] > 0) {
                int shorter = length - 2;
                while (perLength[shorter] == 0) {
                    shorter--;
                }
                perLength[length] -= 2;
                perLength[length - 1]++;
                perLength[shorter]--;
                perLength[shorter + 1] += 2;
            }
        }
    }

    private void assign() {
        int[] next = this.next;
        Arrays.fill(next, 0);
        for (byte length : lengths) {
            next[length + 1]++;
        }
        next[1] = 0; // no code
        int first = 0;
        for (int length = 1; length <= maxLength; length++) {
            first = (first + next[length]) << 1;
            next[length] = first;
        }
        for (int symbol = 0; symbol < lengths.length; symbol++) {
            int length = lengths[symbol];
            if (length > 0) {
                codes[symbol] = Integer.reverse(next[length]++) >>> (32 - length);
            }
        }
    }

    /// Bits that symbols would take.
    long bits(int[] counts) {
        long bits = 0;
        int symbols = Math.min(counts.length, lengths.length);
        for (int symbol = 0; symbol < symbols; symbol++) {
            bits += (long) counts[symbol] * lengths[symbol];
        }
        return bits;
    }

    /// Symbols up to the last one that has a code.
    int used(int atLeast) {
        int used = lengths.length;
        while (used > atLeast && lengths[used - 1] == 0) {
            used--;
        }
        return used;
    }
}
