package dev.jbuild.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class SizesTest {
    @Test
    void sizes_are_shown_in_powers_of_ten() {
        assertEquals("0 B", Sizes.text(0));
        assertEquals("999 B", Sizes.text(999));
        assertEquals("1.00 kB", Sizes.text(1000));
        assertEquals("1.05 MB", Sizes.text(1_050_844));
        assertEquals("12.3 MB", Sizes.text(12_345_678));
        assertEquals("1.00 GB", Sizes.text(1_000_000_000));
    }
}
