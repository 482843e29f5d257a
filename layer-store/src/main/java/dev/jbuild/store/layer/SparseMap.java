package dev.jbuild.store.layer;

import java.util.Arrays;
import java.util.Optional;

/// Which parts of a sparse file an archive has; the others are zeros. In order, none overlapping.
final class SparseMap {
    /// The most parts of one file; 16 MiB of memory.
    static final int MOST_PARTS = 1 << 20;

    private long[] offsets = new long[4];
    private long[] lengths = new long[4];
    private int count;
    private long end;
    private long stored;

    /// Adds the next part.
    ///
    /// @return what is wrong with it, or empty
    Optional<String> add(long offset, long length) {
        if (offset < end || length < 0 || offset > Long.MAX_VALUE - length) {
            return Optional.of("the parts of its sparse file are not in order");
        }
        if (count == MOST_PARTS) {
            return Optional.of("its sparse file has more than " + MOST_PARTS + " parts");
        }
        if (count == offsets.length) {
            offsets = Arrays.copyOf(offsets, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        offsets[count] = offset;
        lengths[count] = length;
        count++;
        end = offset + length;
        stored += length;
        return Optional.empty();
    }

    /// @param text of PAX 0.1: offsets and lengths in turn, separated by commas
    Optional<String> addAll(String text) {
        int at = 0;
        while (at < text.length()) {
            int first = text.indexOf(',', at);
            int second = first < 0 ? -1 : text.indexOf(',', first + 1);
            if (first < 0) {
                return Optional.of("the map of its sparse file is malformed");
            }
            int until = second < 0 ? text.length() : second;
            Optional<Long> offset = PaxRecords.parseNumber(text.substring(at, first));
            Optional<Long> length = PaxRecords.parseNumber(text.substring(first + 1, until));
            if (offset.isEmpty() || length.isEmpty()) {
                return Optional.of("the map of its sparse file is malformed");
            }
            Optional<String> problem = add(offset.get(), length.get());
            if (problem.isPresent()) {
                return problem;
            }
            at = until + 1;
        }
        return Optional.empty();
    }

    /// Whether the map fits the file.
    ///
    /// @param size of the file, holes included
    /// @param content bytes in the archive
    /// @return what is wrong, or empty
    Optional<String> check(long size, long content) {
        if (end > size || stored != content) {
            return Optional.of(
                    "its sparse file of "
                            + size
                            + " bytes has parts up to "
                            + end
                            + " with "
                            + stored
                            + " bytes, and the archive has "
                            + content);
        }
        return Optional.empty();
    }

    int count() {
        return count;
    }

    long offset(int part) {
        return offsets[part];
    }

    long length(int part) {
        return lengths[part];
    }

    /// Bytes of all parts.
    long stored() {
        return stored;
    }
}
