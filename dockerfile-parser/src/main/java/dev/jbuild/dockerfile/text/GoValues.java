package dev.jbuild.dockerfile.text;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Values in the notations of Go's library: durations, truth values, numbers, sizes in bytes.
public final class GoValues {
    private static final Map<String, Long> NANOS =
            Map.of(
                    "ns", 1L,
                    "us", 1_000L,
                    "µs", 1_000L,
                    "μs", 1_000L,
                    "ms", 1_000_000L,
                    "s", 1_000_000_000L,
                    "m", 60_000_000_000L,
                    "h", 3_600_000_000_000L);
    private static final Pattern SIZE =
            Pattern.compile("(-?\\d+(?:\\.\\d+)?|-?\\.\\d+) ?([kKmMgGtTpP]?)([iI]?)([bB]?)");

    private GoValues() {}

    /// Go's `time.ParseDuration`, as in `1h30m` or `1.5s`.
    ///
    /// @throws IllegalArgumentException if it is none, with Go's own words
    public static Duration duration(String text) {
        String s = text;
        boolean negative = s.startsWith("-");
        if (negative || s.startsWith("+")) {
            s = s.substring(1);
        }
        if (s.equals("0")) {
            return Duration.ZERO;
        }
        if (s.isEmpty()) {
            throw invalidDuration(text);
        }
        BigDecimal total = BigDecimal.ZERO;
        int i = 0;
        while (i < s.length()) {
            int numberEnd = skip(s, i, true);
            String number = s.substring(i, numberEnd);
            if (number.isEmpty()
                    || number.equals(".")
                    || number.indexOf('.') != number.lastIndexOf('.')) {
                throw invalidDuration(text);
            }
            int unitEnd = skip(s, numberEnd, false);
            String unit = s.substring(numberEnd, unitEnd);
            if (unit.isEmpty()) {
                throw new IllegalArgumentException(
                        "time: missing unit in duration " + GoText.quote(text));
            }
            Long nanos = NANOS.get(unit);
            if (nanos == null) {
                throw new IllegalArgumentException(
                        "time: unknown unit "
                                + GoText.quote(unit)
                                + " in duration "
                                + GoText.quote(text));
            }
            total = total.add(decimal(number).multiply(BigDecimal.valueOf(nanos)));
            i = unitEnd;
        }
        BigInteger whole = total.setScale(0, RoundingMode.DOWN).toBigInteger();
        if (whole.bitLength() > 63) {
            throw invalidDuration(text);
        }
        return Duration.ofNanos(negative ? -whole.longValue() : whole.longValue());
    }

    private static BigDecimal decimal(String number) {
        // No duration needs more digits, and a number of 60,000 digits would cost their square.
        if (number.length() > 64) {
            throw invalidDuration(number);
        }
        return new BigDecimal(number.endsWith(".") ? number + "0" : number);
    }

    private static int skip(String s, int from, boolean number) {
        int i = from;
        while (i < s.length() && isNumberPart(s.charAt(i)) == number) {
            i++;
        }
        return i;
    }

    private static boolean isNumberPart(char c) {
        return c == '.' || (c >= '0' && c <= '9');
    }

    private static IllegalArgumentException invalidDuration(String text) {
        return new IllegalArgumentException("time: invalid duration " + GoText.quote(text));
    }

    /// Go's `strconv.ParseBool`.
    public static Optional<Boolean> bool(String text) {
        return switch (text) {
            case "1", "t", "T", "true", "TRUE", "True" -> Optional.of(true);
            case "0", "f", "F", "false", "FALSE", "False" -> Optional.of(false);
            default -> Optional.empty();
        };
    }

    /// Go's `strconv.ParseUint` for 32 bits: digits only, no sign.
    public static Optional<Long> unsigned(String text, int radix) {
        if (text.isEmpty() || text.length() > 64) {
            return Optional.empty();
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80 || Character.digit(text.charAt(i), radix) < 0) {
                return Optional.empty();
            }
        }
        BigInteger value = new BigInteger(text, radix);
        return value.bitLength() > 32 ? Optional.empty() : Optional.of(value.longValue());
    }

    /// A size in bytes as docker writes it: a number and `b`, `k`, `m`, `g`, `t` or `p`, powers
    /// of 1024.
    public static Optional<Long> bytes(String text) {
        Matcher m = SIZE.matcher(text);
        if (text.length() > 64 || !m.matches()) {
            return Optional.empty();
        }
        String prefix = m.group(2).toLowerCase(Locale.ROOT);
        if (prefix.isEmpty() && !m.group(3).isEmpty()) {
            return Optional.empty();
        }
        int power = prefix.isEmpty() ? 0 : "kmgtp".indexOf(prefix) + 1;
        BigDecimal size =
                new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(1L << (10 * power)));
        BigInteger whole = size.toBigInteger();
        return whole.signum() < 0 || whole.bitLength() > 63
                ? Optional.empty()
                : Optional.of(whole.longValue());
    }
}
