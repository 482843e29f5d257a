package dev.jbuild.registry.server.protocol;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Part of a blob (RFC 9110, 14.1.2).
///
/// @param length in bytes, never 0
record ByteRange(long offset, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=\\s*(\\d*)\\s*-\\s*(\\d*)\\s*");

    /// What a `Range` header selects. It is free to a server to send the whole when asked for
    /// several ranges; this one does.
    ///
    /// @param size of the whole in bytes
    /// @return empty: send the whole
    /// @throws UnsatisfiableException if there is nothing at that place
    static Optional<ByteRange> parse(String header, long size) throws UnsatisfiableException {
        Matcher matcher = ONE.matcher(header);
        if (!matcher.matches() || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return Optional.empty();
        }
        if (matcher.group(1).isEmpty()) {
            long suffix = Math.min(number(matcher.group(2)), size);
            return some(size - suffix, size - 1, size);
        }
        long first = number(matcher.group(1));
        long last = matcher.group(2).isEmpty() ? Long.MAX_VALUE : number(matcher.group(2));
        return some(first, Math.min(last, size - 1), size);
    }

    String contentRange(long size) {
        return "bytes " + offset + "-" + (offset + length - 1) + "/" + size;
    }

    private static Optional<ByteRange> some(long first, long last, long size)
            throws UnsatisfiableException {
        if (first > last || first >= size) {
            throw new UnsatisfiableException();
        }
        return Optional.of(new ByteRange(first, last - first + 1));
    }

    /// A number with more digits than a long has is beyond any blob.
    private static long number(String digits) {
        return digits.length() > 18 ? Long.MAX_VALUE : Long.parseLong(digits);
    }

    static final class UnsatisfiableException extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
