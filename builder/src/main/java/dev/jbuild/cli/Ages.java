package dev.jbuild.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Ages as `--filter until=` takes them: a duration such as `24h`, `90m`, `1h30m` or `7d`, or a
/// time: seconds since 1970, `2026-01-31`, `2026-01-31T10:00:00Z`.
final class Ages {
    private static final Pattern PART = Pattern.compile("([0-9]{1,9})([smhdw])");
    private static final Pattern DURATION = Pattern.compile("(?:[0-9]{1,9}[smhdw])+");

    private Ages() {}

    static Duration parse(String text, Instant now) throws UsageException {
        if (DURATION.matcher(text).matches()) {
            Duration sum = Duration.ZERO;
            for (Matcher part = PART.matcher(text); part.find(); ) {
                sum = sum.plus(part(Long.parseLong(part.group(1)), part.group(2)));
            }
            return sum;
        }
        try {
            Duration age = Duration.between(time(text), now);
            return age.isNegative() ? Duration.ZERO : age;
        } catch (DateTimeException | NumberFormatException e) {
            throw new UsageException(
                    "until="
                            + text
                            + ": it is an age such as 24h or 7d, or a time such as 2026-01-31 or"
                            + " 2026-01-31T10:00:00Z");
        }
    }

    private static Instant time(String text) {
        if (!text.isEmpty() && text.chars().allMatch(Character::isDigit)) {
            return Instant.ofEpochSecond(Long.parseLong(text));
        }
        return text.contains("T")
                ? Instant.parse(text)
                : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    private static Duration part(long number, String unit) {
        return switch (unit) {
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(number);
            case "d" -> Duration.ofDays(number);
            default -> Duration.ofDays(7 * number);
        };
    }
}
