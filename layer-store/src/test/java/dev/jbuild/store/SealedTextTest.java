package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SealedTextTest {
    private final byte[] sealed = SealedText.seal("123456789".getBytes(UTF_8));

    /// The check value of CRC-32 (reveng's catalogue, CRC-32/ISO-HDLC): cbf43926.
    @Test
    void seal_is_the_crc_on_a_line_of_its_own() {
        assertEquals("123456789\ncbf43926\n", new String(sealed, UTF_8));
    }

    @Test
    void content_comes_back_without_the_seal() {
        assertArrayEquals("123456789".getBytes(UTF_8), SealedText.open(sealed).orElseThrow());
    }

    @Test
    void any_flipped_bit_is_seen() {
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] bad = sealed.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertTrue(SealedText.open(bad).isEmpty(), "bit " + bit);
        }
    }

    @Test
    void any_cut_is_seen() {
        for (int length = 0; length < sealed.length; length++) {
            assertEquals(Optional.empty(), SealedText.open(Arrays.copyOf(sealed, length)));
        }
    }
}
