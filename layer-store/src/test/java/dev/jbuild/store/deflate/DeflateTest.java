package dev.jbuild.store.deflate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import org.apache.commons.compress.compressors.deflate64.Deflate64CompressorInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// RFC 1951.
class DeflateTest {
    private static final int BLOCK = 1 << 20;

    @Test
    void nothing_is_an_empty_block_with_fixed_codes() {
        assertEquals("0300", hex(compress(2, new byte[0], true)));
    }

    @Test
    void nothing_that_more_follows_is_an_empty_stored_block() {
        assertEquals("000000ffff", hex(compress(2, new byte[0], false)));
    }

    @Test
    void little_text_is_written_with_fixed_codes() {
        byte[] text = "a layer, a layer, a layer, a layer".getBytes(StandardCharsets.US_ASCII);
        assertEquals("4b54c849ac4c2dd251c0c90000", hex(compress(2, text, true)));
    }

    /// The digest of an image must not change with jbuild's version, so a change here needs another
    /// [Deflate#VERSION].
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void the_same_input_gives_the_same_bytes_as_ever(int level) {
        CRC32 crc = new CRC32();
        crc.update(compress(level, mixed(300_000, 7), true));
        assertEquals(EXPECTED[level - 1], Long.toHexString(crc.getValue()));
    }

    private static final String[] EXPECTED = {
        "550f606b",
        "91a54552",
        "2f92cf7f",
        "da653b91",
        "593e02a5",
        "5a9f77d7",
        "5ef37a73",
        "2915d68e",
        "3e6e42da"
    };

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void what_was_compressed_before_makes_no_difference(int level) {
        Deflate used = new Deflate(level);
        byte[] input = mixed(200_000, 1);
        byte[] output = new byte[Deflate.bound(BLOCK)];
        used.compress(mixed(BLOCK, 2), 0, BLOCK, false, output);
        int length = used.compress(input, 0, input.length, true, output);
        assertArrayEquals(compress(level, input, true), Arrays.copyOf(output, length));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void bytes_around_the_input_make_no_difference(int level) {
        byte[] input = mixed(70_000, 3);
        byte[] wide = new byte[input.length + 200_000];
        new Random(4).nextBytes(wide);
        System.arraycopy(input, 0, wide, 100_000, input.length);
        byte[] output = new byte[Deflate.bound(input.length)];
        int length = new Deflate(level).compress(wide, 100_000, input.length, true, output);
        assertArrayEquals(compress(level, input, true), Arrays.copyOf(output, length));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 7})
    void every_size_is_read_back(int level) throws Exception {
        for (int size = 0; size < 300; size++) {
            assertReadBack(level, mixed(size, size));
        }
        for (int around : new int[] {1 << 14, 1 << 15, 0xffff, 1 << 17, BLOCK - 1}) {
            for (int size = around - 1; size <= around + 1; size++) {
                assertReadBack(level, mixed(size, size));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void every_kind_of_content_is_read_back(int level) throws Exception {
        for (int kind = 0; kind < KINDS; kind++) {
            Random random = new Random(kind);
            for (int size : new int[] {5, 1000, 40_000, 200_000}) {
                byte[] input = new byte[size];
                fill(input, 0, size, kind, random);
                assertReadBack(level, input);
            }
        }
    }

    @Test
    void noise_grows_by_the_stored_blocks_headers_only() {
        byte[] noise = new byte[BLOCK];
        new Random(1).nextBytes(noise);
        int stored = 8 * 5 + 8 * 5; // each of 128 KiB takes two, and one more for the end
        int size = compress(2, noise, true).length;
        assertTrue(size <= BLOCK + 2 * stored, () -> "size " + size);
    }

    @Test
    void zeros_take_little() {
        int size = compress(2, new byte[BLOCK], true).length;
        assertTrue(size < BLOCK / 850, () -> "size " + size);
    }

    @Test
    void higher_levels_are_smaller() {
        byte[] input = mixed(BLOCK, 9);
        int fast = compress(1, input, true).length;
        int middle = compress(4, input, true).length;
        int small = compress(9, input, true).length;
        assertTrue(small < middle && middle < fast, () -> fast + " " + middle + " " + small);
    }

    @Test
    void level_beyond_nine_is_refused() {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> new Deflate(10));
        assertEquals("invalid deflate level 10: it is 1 to 9", e.getMessage());
    }

    /// Counts whose Huffman tree is deeper than a code may be.
    @ParameterizedTest
    @ValueSource(ints = {7, 14, 15})
    void codes_are_complete_and_no_longer_than_allowed(int maxLength) {
        int[] counts = new int[19];
        int before = 1;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = i < 2 ? 1 : counts[i - 1] + before;
            before = i < 1 ? 0 : counts[i - 1];
        }
        HuffmanCode code = new HuffmanCode(counts.length, maxLength);
        code.build(counts);
        int sum = 0;
        for (byte length : code.lengths) {
            assertTrue(length > 0 && length <= maxLength);
            sum += 1 << (maxLength - length);
        }
        assertEquals(1 << maxLength, sum);
    }

    private static void assertReadBack(int level, byte[] input) throws Exception {
        byte[] stream = compress(level, input, true);
        byte[] flushed = compress(level, input, false);
        byte[] joined = Arrays.copyOf(flushed, flushed.length + stream.length);
        System.arraycopy(stream, 0, joined, flushed.length, stream.length);
        byte[] twice = Arrays.copyOf(input, 2 * input.length);
        System.arraycopy(input, 0, twice, input.length, input.length);
        assertArrayEquals(input, inflate(stream));
        assertArrayEquals(twice, inflate(joined));
    }

    @Test
    void another_decoder_reads_it_too() throws Exception {
        for (int level = 1; level <= Deflate.LEVELS; level++) {
            byte[] input = mixed(500_000, level);
            // deflate64 differs from deflate in length 258 and in distances over 32 KiB only
            for (int i = 0; i + 200 < input.length; i += 200) {
                input[i] = (byte) i;
                input[i + 1] = (byte) (i >> 8);
                input[i + 2] = (byte) (i >> 16);
            }
            try (InputStream in =
                    new Deflate64CompressorInputStream(
                            new ByteArrayInputStream(compress(level, input, true)))) {
                assertArrayEquals(input, in.readAllBytes());
            }
        }
    }

    private static byte[] inflate(byte[] stream) throws IOException {
        Inflater inflater = new Inflater(true);
        try (InflaterInputStream in =
                new InflaterInputStream(new ByteArrayInputStream(stream), inflater)) {
            byte[] content = in.readAllBytes();
            assertEquals(0, inflater.getRemaining());
            return content;
        } finally {
            inflater.end();
        }
    }

    private static final Deflate[] DEFLATES = new Deflate[Deflate.LEVELS];

    static {
        Arrays.setAll(DEFLATES, i -> new Deflate(i + 1));
    }

    private static byte[] compress(int level, byte[] input, boolean last) {
        byte[] output = new byte[Deflate.bound(input.length)];
        int length = DEFLATES[level - 1].compress(input, 0, input.length, last, output);
        return Arrays.copyOf(output, length);
    }

    private static final int KINDS = 6;

    /// Stretches of all kinds, of any length.
    private static byte[] mixed(int size, long seed) {
        Random random = new Random(seed);
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; ) {
            int end = Math.min(size, i + 1 + random.nextInt(1 << (4 + random.nextInt(12))));
            fill(bytes, i, end, random.nextInt(KINDS), random);
            i = end;
        }
        return bytes;
    }

    private static void fill(byte[] bytes, int from, int end, int kind, Random random) {
        byte[] word = WORDS[0];
        int next = 0;
        for (int i = from; i < end; i++) {
            if (next == word.length) {
                word = WORDS[random.nextInt(WORDS.length)];
                next = 0;
            }
            bytes[i] =
                    switch (kind) {
                        case 0 -> 0;
                        case 1 -> (byte) random.nextInt();
                        case 2 -> (byte) ('a' + Math.min(random.nextInt(26), random.nextInt(26)));
                        case 3 -> (byte) (i % 7);
                        case 4 -> i < 40_000 ? (byte) i : bytes[i - 1 - random.nextInt(40_000)];
                        default -> word[next++];
                    };
        }
    }

    private static final byte[][] WORDS =
            Arrays.stream(
                            "the layer of an image is a tar, and the image's digest is "
                                    .split("(?<= )"))
                    .map(word -> word.getBytes(StandardCharsets.US_ASCII))
                    .toArray(byte[][]::new);

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
