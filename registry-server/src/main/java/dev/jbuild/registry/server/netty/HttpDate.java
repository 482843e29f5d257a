package dev.jbuild.registry.server.netty;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// The time as `Date` tells it (RFC 9110, 5.6.7), written out once a second.
///
/// @param second since 1970
record HttpDate(long second, String text) {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);
    private static volatile HttpDate last = of(0);

    private static HttpDate of(long second) {
        return new HttpDate(second, FORMAT.format(Instant.ofEpochSecond(second)));
    }

    static String now() {
        long second = System.currentTimeMillis() / 1000;
        HttpDate known = last;
        if (known.second != second) {
            known = of(second);
            last = known;
        }
        return known.text;
    }
}
