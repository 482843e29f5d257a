package dev.jbuild.builder.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules of Go's path.Match.
class PathPatternTest {
    @ParameterizedTest
    @CsvSource({
        "*, abc, true",
        "*.go, wiki.go, true",
        "*.go, wiki.py, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "[a-c]x, bx, true",
        "[a-c]x, dx, false",
        "[^a-c]x, dx, true",
        "[^a-c]x, ax, false",
        "[+.]x, +x, true",
        "a+b, aab, false",
        "a.b, axb, false",
        "\\*, *, true",
        "\\*, a, false",
        "[\\]]x, ]x, true",
        ".*, .hidden, true",
    })
    void pattern_matches(String pattern, String name, boolean matches) {
        assertEquals(matches, PathPattern.compile(pattern).matches(name));
    }

    @Test
    void malformed_patterns_are_refused() {
        for (String pattern : new String[] {"[a", "a\\", "[]", "[z-a]"}) {
            assertThrows(
                    IllegalArgumentException.class, () -> PathPattern.compile(pattern), pattern);
        }
    }
}
