package dev.jbuild.builder.compare;

import dev.jbuild.store.layer.ByteString;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Optional;

/// Where two runs of bytes differ.
///
/// @param from the offset of the first byte that differs, or that one side alone has
/// @param to behind the last one
/// @param count how many bytes differ, those that one side alone has included
/// @param firstSize of the first run, in bytes
/// @param first what the first run has at `from`: up to [#EXCERPT] bytes
public record ByteDifference(
        long from,
        long to,
        long count,
        long firstSize,
        long secondSize,
        ByteString first,
        ByteString second) {
    /// The most bytes of an excerpt.
    public static final int EXCERPT = 16;

    private static final int BUFFER = 1 << 16;

    /// Compares two streams, which are read to their ends and not closed. Holds a buffer of each.
    ///
    /// @return empty if they are equal
    static Optional<ByteDifference> between(InputStream first, InputStream second)
            throws IOException {
        Scan scan = new Scan();
        byte[] a = new byte[BUFFER];
        byte[] b = new byte[BUFFER];
        int countA;
        int countB;
        do {
            countA = first.readNBytes(a, 0, BUFFER);
            countB = second.readNBytes(b, 0, BUFFER);
            scan.take(a, countA, b, countB);
        } while (countA > 0 || countB > 0);
        return scan.result();
    }

    static Optional<ByteDifference> between(byte[] first, byte[] second) {
        try {
            return between(new ByteArrayInputStream(first), new ByteArrayInputStream(second));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // arrays have no such errors
        }
    }

    private static final class Scan {
        private final ByteArrayOutputStream first = new ByteArrayOutputStream(EXCERPT);
        private final ByteArrayOutputStream second = new ByteArrayOutputStream(EXCERPT);
        private long from = -1;
        private long to;
        private long count;
        private long sizeA;
        private long sizeB;

        void take(byte[] a, int countA, byte[] b, int countB) {
            int common = Math.min(countA, countB);
            if (Arrays.mismatch(a, 0, countA, b, 0, countB) >= 0) {
                for (int i = 0; i < common; i++) {
                    if (a[i] != b[i]) {
                        note(sizeA + i, 1);
                    }
                }
                if (countA != countB) {
                    note(sizeA + common, Math.max(countA, countB) - common);
                }
            }
            if (from >= 0) {
                int at = (int) Math.max(0, from - sizeA);
                excerpt(first, a, at, countA);
                excerpt(second, b, at, countB);
            }
            sizeA += countA;
            sizeB += countB;
        }

        private void note(long at, int length) {
            from = from < 0 ? at : from;
            to = at + length;
            count += length;
        }

        private static void excerpt(ByteArrayOutputStream out, byte[] bytes, int at, int end) {
            int length = Math.min(EXCERPT - out.size(), end - at);
            if (length > 0) {
                out.write(bytes, at, length);
            }
        }

        Optional<ByteDifference> result() {
            return from < 0
                    ? Optional.empty()
                    : Optional.of(
                            new ByteDifference(
                                    from,
                                    to,
                                    count,
                                    sizeA,
                                    sizeB,
                                    ByteString.of(first.toByteArray()),
                                    ByteString.of(second.toByteArray())));
        }
    }
}
