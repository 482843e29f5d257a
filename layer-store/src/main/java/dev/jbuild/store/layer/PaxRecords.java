package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.SortedMap;

/// The records of a PAX extended header (POSIX.1-2017, pax, "pax Extended Header"):
/// `"%d %s=%s\n", <length>, <keyword>, <value>`. Keywords and values are bytes, one a character.
final class PaxRecords {
    static final String PATH = "path";
    static final String LINK_PATH = "linkpath";
    static final String SIZE = "size";
    static final String UID = "uid";
    static final String GID = "gid";
    static final String MTIME = "mtime";
    static final String XATTR = "SCHILY.xattr.";
    static final String SPARSE = "GNU.sparse.";
    static final String SPARSE_MAJOR = SPARSE + "major";
    static final String SPARSE_MINOR = SPARSE + "minor";
    static final String SPARSE_NAME = SPARSE + "name";
    static final String SPARSE_MAP = SPARSE + "map";
    static final String SPARSE_OFFSET = SPARSE + "offset";
    static final String SPARSE_LENGTH = SPARSE + "numbytes";

    /// The size of the whole file, in formats 0.0 and 0.1.
    static final String SPARSE_SIZE = SPARSE + "size";

    /// The same in format 1.0.
    static final String SPARSE_REAL_SIZE = SPARSE + "realsize";

    /// What star writes for a sparse file.
    static final String STAR_REAL_SIZE = "SCHILY.realsize";
    static final String DEVICE_MAJOR = "SCHILY.devmajor";
    static final String DEVICE_MINOR = "SCHILY.devminor";

    private PaxRecords() {}

    /// The records in order of their keywords.
    static byte[] encode(SortedMap<String, String> records) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        records.forEach((keyword, value) -> out.writeBytes(record(keyword, value)));
        return out.toByteArray();
    }

    /// The length counts itself.
    private static byte[] record(String keyword, String value) {
        int rest = keyword.length() + value.length() + 3; // blank, '=', newline
        int length = rest + Integer.toString(rest).length();
        if (rest + Integer.toString(length).length() != length) {
            length = rest + Integer.toString(length).length();
        }
        return (length + " " + keyword + "=" + value + "\n").getBytes(ISO_8859_1);
    }

    /// Takes records.
    interface Sink {
        /// @return what is wrong with it, or empty
        Optional<String> take(String keyword, String value);
    }

    /// Gives the records in the order they stand.
    ///
    /// @return what is wrong with them, or empty
    static Optional<String> decode(byte[] bytes, Sink records) {
        int at = 0;
        while (at < bytes.length) {
            int blank = indexOf(bytes, at, (byte) ' ');
            if (blank < 0 || blank == at || blank - at > 9) {
                return Optional.of("a PAX record without a length");
            }
            int length = 0;
            for (int i = at; i < blank; i++) {
                if (bytes[i] < '0' || bytes[i] > '9') {
                    return Optional.of("a PAX record whose length is no number");
                }
                length = length * 10 + bytes[i] - '0';
            }
            int end = at + length;
            int equals = indexOf(bytes, blank + 1, (byte) '=');
            if (length < 0 || end > bytes.length || equals < 0 || equals >= end - 1) {
                return Optional.of("a PAX record of " + length + " bytes that is cut off");
            }
            if (bytes[end - 1] != '\n' || equals == blank + 1) {
                return Optional.of("a PAX record that is not 'length keyword=value'");
            }
            Optional<String> problem =
                    records.take(
                            new String(bytes, blank + 1, equals - blank - 1, ISO_8859_1),
                            new String(bytes, equals + 1, end - 1 - equals - 1, ISO_8859_1));
            if (problem.isPresent()) {
                return problem;
            }
            at = end;
        }
        return Optional.empty();
    }

    /// Seconds since 1970, with as many decimals as are needed.
    static String time(Instant time) {
        long seconds = time.getEpochSecond();
        int nanos = time.getNano();
        String sign = "";
        if (seconds < 0) {
            // -2 s + 0.5 s is written -1.5
            sign = "-";
            seconds = nanos == 0 ? -seconds : -seconds - 1;
            nanos = nanos == 0 ? 0 : 1_000_000_000 - nanos;
        }
        if (nanos == 0) {
            return sign + seconds;
        }
        String decimals = Integer.toString(1_000_000_000 + nanos).substring(1);
        int end = decimals.length();
        while (decimals.charAt(end - 1) == '0') {
            end--;
        }
        return sign + seconds + "." + decimals.substring(0, end);
    }

    /// Reads a time; digits after the ninth decimal are dropped. Empty if it is none, or beyond
    /// what an Instant holds.
    static Optional<Instant> parseTime(String text) {
        boolean negative = text.startsWith("-");
        String digits = negative ? text.substring(1) : text;
        int point = digits.indexOf('.');
        String whole = point < 0 ? digits : digits.substring(0, point);
        String decimals = point < 0 ? "" : digits.substring(point + 1);
        if (!isDigits(whole)
                || whole.length() > 18
                || !(decimals.isEmpty() || isDigits(decimals))) {
            return Optional.empty();
        }
        long seconds = Long.parseLong(whole);
        long nanos = Long.parseLong((decimals + "000000000").substring(0, 9));
        try {
            return Optional.of(
                    negative
                            ? Instant.ofEpochSecond(-seconds, -nanos)
                            : Instant.ofEpochSecond(seconds, nanos));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /// Reads a whole number that is not negative; empty if it is none, or exceeds 18 digits.
    static Optional<Long> parseNumber(String text) {
        return isDigits(text) && text.length() <= 18
                ? Optional.of(Long.parseLong(text))
                : Optional.empty();
    }

    /// The keyword for an extended attribute. A keyword can't hold `=`, so a name that does is
    /// written as GNU tar writes it, with `%3D` and `%25`; so is one that looks as if it were.
    static String xattrKeyword(String name) {
        boolean escape = name.indexOf('=') >= 0 || looksEscaped(name);
        return XATTR + (escape ? name.replace("%", "%25").replace("=", "%3D") : name);
    }

    /// The inverse of [#xattrKeyword].
    static String xattrName(String keyword) {
        String name = keyword.substring(XATTR.length());
        return looksEscaped(name) ? name.replace("%3D", "=").replace("%25", "%") : name;
    }

    private static boolean looksEscaped(String name) {
        return name.contains("%3D") || name.contains("%253D");
    }

    private static boolean isDigits(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    private static int indexOf(byte[] bytes, int from, byte wanted) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }
}
