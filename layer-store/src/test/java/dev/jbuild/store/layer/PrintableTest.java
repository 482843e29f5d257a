package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PrintableTest {
    @Test
    void text_stays_as_it_is() {
        assertEquals("größe €😀", Printable.of("größe €😀".getBytes(UTF_8)));
    }

    @Test
    void line_ends_backslashes_and_control_characters_are_escaped() {
        assertEquals(
                "a\\nb\\tc\\\\d\\x1b[1m\\x00",
                Printable.of("a\nb\tc\\d\u001b[1m\0".getBytes(UTF_8)));
    }

    @Test
    void bytes_that_are_no_utf8_are_escaped_one_by_one() {
        byte[] bytes = {'a', (byte) 0xff, (byte) 0xc3, 'b', (byte) 0xe2, (byte) 0x82};
        assertEquals("a\\xff\\xc3b\\xe2\\x82", Printable.of(bytes));
    }
}
