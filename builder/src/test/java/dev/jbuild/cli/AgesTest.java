package dev.jbuild.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AgesTest {
    private static final Instant NOW = Instant.parse("2026-02-01T00:00:00Z");

    @Test
    void ages_are_numbers_with_units() throws UsageException {
        assertEquals(Duration.ofHours(24), Ages.parse("24h", NOW));
        assertEquals(Duration.ofMinutes(90), Ages.parse("1h30m", NOW));
        assertEquals(Duration.ofDays(7), Ages.parse("7d", NOW));
    }

    @Test
    void times_are_days_instants_or_seconds() throws UsageException {
        assertEquals(Duration.ofDays(1), Ages.parse("2026-01-31", NOW));
        assertEquals(Duration.ofHours(2), Ages.parse("2026-01-31T22:00:00Z", NOW));
        assertEquals(Duration.ofSeconds(1), Ages.parse("1769903999", NOW));
    }

    @Test
    void anything_else_is_refused_with_an_example() {
        UsageException e = assertThrows(UsageException.class, () -> Ages.parse("soon", NOW));
        assertEquals(
                "until=soon: it is an age such as 24h or 7d, or a time such as 2026-01-31 or"
                        + " 2026-01-31T10:00:00Z",
                e.getMessage());
    }

    @Test
    void sizes_have_decimal_and_binary_units() throws UsageException {
        assertEquals(1000, Sizes.parse("--x", "1000"));
        assertEquals(10_000_000_000L, Sizes.parse("--x", "10GB"));
        assertEquals(1_610_612_736L, Sizes.parse("--x", "1.5GiB"));
        assertEquals(500_000_000L, Sizes.parse("--x", "500m"));
        UsageException e = assertThrows(UsageException.class, () -> Sizes.parse("--x", "much"));
        assertEquals("--x much: it is a size such as 500MB, 10GB or 1.5GiB", e.getMessage());
    }
}
