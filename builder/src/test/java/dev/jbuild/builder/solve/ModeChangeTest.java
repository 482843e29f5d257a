package dev.jbuild.builder.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// chmod(1); the results are those of GNU chmod.
class ModeChangeTest {
    @ParameterizedTest
    @CsvSource({
        "755, 600, false, 755",
        "0640, 777, false, 640",
        "4755, 600, false, 4755",
        "u+x, 644, false, 744",
        "+x, 644, false, 755",
        "go=, 777, false, 700",
        "go-w, 666, false, 644",
        "'u=rwX,go=rX', 600, false, 644",
        "'u=rwX,go=rX', 600, true, 755",
        "'u=rwX,go=rX', 700, false, 755",
        "a=r, 777, false, 444",
        "g=u, 640, false, 660",
        "u+s, 755, false, 4755",
        "+t, 777, true, 1777",
        "u=rw+x, 000, false, 700",
    })
    void mode_changes(String change, String mode, boolean isDirectory, String expected) {
        assertEquals(
                expected,
                Integer.toOctalString(
                        ModeChange.parse(change).apply(Integer.parseInt(mode, 8), isDirectory)));
    }

    @Test
    void what_is_neither_octal_nor_symbolic_is_refused() {
        for (String change : new String[] {"", "888", "77777", "rwx", "u+q", "u+x,"}) {
            assertThrows(IllegalArgumentException.class, () -> ModeChange.parse(change), change);
        }
    }
}
