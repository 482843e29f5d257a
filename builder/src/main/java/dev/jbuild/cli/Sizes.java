package dev.jbuild.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sizes for people: powers of ten, as docker shows them.
final class Sizes {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private static final Pattern SIZE =
            Pattern.compile("([0-9]{1,15}(?:[.][0-9]{1,6})?) ?([kmgtKMGT]?)(i)?[bB]?");

    private Sizes() {}

    /// A size as people write it: `10GB`, `1.5 GiB`, `500m`, `1000000`.
    ///
    /// @param option what it was given with
    static long parse(String option, String text) throws UsageException {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches()) {
            throw new UsageException(
                    option + " " + text + ": it is a size such as 500MB, 10GB or 1.5GiB");
        }
        int power = "bkmgt".indexOf(size.group(2).isEmpty() ? 'b' : lower(size.group(2)).charAt(0));
        long unit = (long) Math.pow(size.group(3) == null ? 1000 : 1024, power);
        return new BigDecimal(size.group(1)).multiply(BigDecimal.valueOf(unit)).longValue();
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    static String text(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 999.95 && unit < UNITS.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0
                ? bytes + " B"
                : String.format(
                        Locale.ROOT, value < 9.995 ? "%.2f %s" : "%.1f %s", value, UNITS[unit]);
    }
}
