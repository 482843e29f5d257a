package dev.jbuild.cli;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Times for people.
final class Times {
    private static final DateTimeFormatter MINUTES =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm").withZone(ZoneOffset.UTC);

    private Times() {}

    /// To the minute, in UTC.
    static String text(Instant time) {
        return MINUTES.format(time);
    }
}
