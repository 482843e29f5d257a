package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineDecoderTest {
    private final List<String> lines = new ArrayList<>();
    private final LineDecoder decoder = new LineDecoder(lines::add);

    @Test
    void line_comes_when_its_end_does() {
        write("one\ntw");
        assertEquals(List.of("one"), lines);
        write("o\n\nthree");
        assertEquals(List.of("one", "two", ""), lines);
        decoder.flush();
        assertEquals(List.of("one", "two", "", "three"), lines);
    }

    @Test
    void carriage_return_before_the_end_is_a_part_of_the_end() {
        write("10%\r20%\r\n");
        assertEquals(List.of("10%\r20%"), lines);
    }

    @Test
    void character_may_be_cut_between_two_reads() {
        byte[] bytes = "ä\n".getBytes(StandardCharsets.UTF_8);
        decoder.write(new byte[] {bytes[0]}, 1);
        decoder.write(new byte[] {bytes[1], bytes[2]}, 2);
        assertEquals(List.of("ä"), lines);
    }

    @Test
    void bytes_that_are_no_utf_8_are_replaced() {
        byte[] bytes = {'a', (byte) 0xFF, (byte) 0x80, 'b', '\n'};
        decoder.write(bytes, bytes.length);
        assertEquals(List.of("a\uFFFD\uFFFDb"), lines);
    }

    @Test
    void long_line_comes_in_pieces_that_cut_no_character() {
        write("x".repeat(LineDecoder.LONGEST - 1) + "äy\n");
        assertEquals(List.of("x".repeat(LineDecoder.LONGEST - 1) + "ä", "y"), lines);
    }

    @Test
    void endless_continuation_bytes_are_cut_too() {
        byte[] bytes = new byte[5 * LineDecoder.LONGEST];
        java.util.Arrays.fill(bytes, (byte) 0x80);
        for (int i = 0; i < bytes.length; i += 1000) {
            int length = Math.min(1000, bytes.length - i);
            decoder.write(java.util.Arrays.copyOfRange(bytes, i, i + length), length);
        }
        assertEquals(2, lines.size());
    }

    private void write(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        decoder.write(bytes, bytes.length);
    }
}
