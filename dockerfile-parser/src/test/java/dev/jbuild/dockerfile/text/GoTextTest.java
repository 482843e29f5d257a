package dev.jbuild.dockerfile.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The expected quotes are what Go's strconv.Quote documents and gives.
class GoTextTest {

    @Test
    void quote_escapes_what_can_not_be_printed() {
        assertEquals(
                "\"\\a\\b\\f\\n\\r\\t\\v\\\\\\\"'\\x00\\x1b\\x7f\"",
                GoText.quote("\u0007\b\f\n\r\t\u000b\\\"'\0\u001b\u007f"));
        assertEquals("\"é日☺😀\"", GoText.quote("é日☺😀"));
        assertEquals(
                "\"\\u00a0\\u200b\\u2028\\ufeff\\U000e0001\\u0085\"",
                GoText.quote("\u00a0\u200b\u2028\ufeff\udb40\udc01\u0085"));
    }

    @Test
    void case_is_changed_character_by_character() {
        assertEquals("ix\u03c3", GoText.lower("\u0130X\u03a3"));
        assertEquals("STRA\u00dfE", GoText.upper("stra\u00dfe"));
    }

    @Test
    void byte_that_is_no_utf8_is_quoted_as_a_byte() {
        byte[] bytes = {'a', (byte) 0xff, (byte) 0xc3, 'b', (byte) 0xed, (byte) 0xa0, (byte) 0x80};
        String text = LosslessUtf8.decode(bytes, 0, bytes.length);
        assertEquals("\"a\\xff\\xc3b\\xed\\xa0\\x80\"", GoText.quote(text));
        assertArrayEquals(bytes, LosslessUtf8.encode(text));
    }

    @Test
    void every_pair_of_bytes_survives() {
        for (int a = 0; a < 256; a++) {
            for (int b = 0; b < 256; b++) {
                byte[] bytes = {(byte) a, (byte) b, (byte) 0x80, (byte) a};
                assertArrayEquals(
                        bytes, LosslessUtf8.encode(LosslessUtf8.decode(bytes, 0, bytes.length)));
            }
        }
    }

    @Test
    void trim_knows_all_spaces() {
        assertEquals("a b", GoText.trim("\u00a0\u2003\u0085 a b\t\r\n\u3000"));
    }

    @Test
    void split_is_at_runs_of_blanks() {
        assertEquals(List.of("a", "b\u00a0c", "d"), GoText.splitAtBlanks("a \t b\u00a0c\fd", 9));
        assertEquals(List.of("a", "b  c"), GoText.splitAtBlanks("a  b  c", 2));
    }
}
