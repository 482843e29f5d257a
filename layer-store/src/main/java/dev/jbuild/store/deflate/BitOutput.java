package dev.jbuild.store.deflate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Bits, the lowest first, into an array, which is written eight bytes at a time: it must have
/// eight more than are needed.
final class BitOutput {
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] bytes = new byte[0];
    private int position;

    /// Not yet written, the first one lowest; fewer than eight between calls.
    private long bits;

    private int count;

    void begin(byte[] bytes) {
        this.bytes = bytes;
        position = 0;
        bits = 0;
        count = 0;
    }

    /// @param value no bits above those that count
    /// @param length up to 56
    void put(long value, int length) {
        bits |= value << count;
        count += length;
        LONG.set(bytes, position, bits);
        position += count >>> 3;
        bits >>>= count & ~7;
        count &= 7;
    }

    /// Zeros up to the next byte.
    void align() {
        put(0, -count & 7);
    }

    /// Whole bytes; aligned before.
    void put(byte[] from, int offset, int length) {
        System.arraycopy(from, offset, bytes, position, length);
        position += length;
    }

    /// Bytes written, once aligned.
    int length() {
        return position;
    }

    /// Writes tokens. Each has at most 15 + 5 and 15 + 13 bits, which fit into a long with the
    /// seven left over.
    void put(Tokens tokens, int tokenCount, PackedCodes codes) {
        int[] packed = tokens.packed;
        int[] kinds = codes.kinds;
        int[] distances = codes.distances;
        byte[] bytes = this.bytes;
        long bits = this.bits;
        int count = this.count;
        int out = position;
        for (int i = 0; i < tokenCount; i++) {
            int token = packed[i];
            int code = kinds[Tokens.kind(token)];
            bits |= (long) (code >>> PackedCodes.SHIFT) << count;
            count += code & PackedCodes.LENGTH;
            int distance = distances[Tokens.distanceSymbol(token)];
            int length = distance & PackedCodes.LENGTH;
            long rest = (long) Tokens.extra(token) << length | distance >>> PackedCodes.EXTRA_SHIFT;
            bits |= rest << count;
            count += length + (distance >>> PackedCodes.SHIFT & PackedCodes.LENGTH);
            LONG.set(bytes, out, bits);
            out += count >>> 3;
            bits >>>= count & ~7;
            count &= 7;
        }
        this.bits = bits;
        this.count = count;
        this.position = out;
    }
}
