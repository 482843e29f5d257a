package dev.jbuild.cli;

import java.util.Locale;

/// Sizes for people: powers of ten, as docker shows them.
final class Sizes {
    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB"};

    private Sizes() {}

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
