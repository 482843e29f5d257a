package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Compressed content that is cut, damaged, followed by something else, or a bomb.
class DecompressionTest {
    private static final byte[] CONTENT =
            "content of a layer, ".repeat(500).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void one_that_is_cut_anywhere_is_refused(Compression compression) throws IOException {
        byte[] whole = compress(compression, CONTENT);
        for (int length = 6; length < whole.length; length += 3) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThrows(IOException.class, () -> read(cut), "cut after " + length);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void several_one_after_the_other_are_one(Compression compression) throws IOException {
        byte[] one = compress(compression, CONTENT);
        byte[] read = read(join(one, one, compress(compression, new byte[0]), one));
        assertArrayEquals(join(CONTENT, CONTENT, CONTENT), read);
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void anything_else_behind_it_is_refused(Compression compression) throws IOException {
        byte[] content =
                join(
                        compress(compression, CONTENT),
                        "#!/bin/sh\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        assertThrows(IOException.class, () -> read(content));
    }

    /// RFC 8878, section 3.1.2: as pzstd writes it.
    @Test
    void zstd_may_begin_with_a_frame_to_be_skipped() throws IOException {
        byte[] skipped = {0x5f, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 'a', 'b', 'c', 'd'};
        assertArrayEquals(CONTENT, read(join(skipped, compress(Compression.ZSTD, CONTENT))));
    }

    @Test
    void zeros_behind_gzip_are_padding() throws IOException {
        assertArrayEquals(CONTENT, read(join(compress(Compression.GZIP, CONTENT), new byte[700])));
    }

    @Test
    void gzip_whose_checksum_is_wrong_is_refused() throws IOException {
        byte[] content = compress(Compression.GZIP, CONTENT);
        content[content.length - 6] ^= 1;
        IOException e = assertThrows(IOException.class, () -> read(content));
        assertEquals("invalid gzip: the checksum is wrong: it was damaged", e.getMessage());
    }

    @Test
    void zstd_that_asks_for_more_memory_than_layers_need_is_refused() {
        // magic, frame header: 8 bytes of content size not given, window descriptor of 2^40 bytes
        byte[] content = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 0x00, (byte) 0xf0, 1, 0, 0};
        assertThrows(IOException.class, () -> read(content));
    }

    @ParameterizedTest
    @EnumSource(names = {"GZIP", "ZSTD"})
    void bomb_is_refused_before_it_is_all_there(Compression compression) throws IOException {
        byte[] bomb = compress(compression, new byte[20_000_000]);
        ArchiveLimits limits = new ArchiveLimits(1_000_000, 50, 1, 1, 1, 1);
        long[] read = {0};
        ExpansionException e =
                assertThrows(
                        ExpansionException.class,
                        () -> {
                            var in = Decompression.open(new ByteArrayInputStream(bomb), limits);
                            byte[] block = new byte[1 << 16];
                            for (int count = in.read(block); count >= 0; count = in.read(block)) {
                                read[0] += count;
                            }
                        });
        assertTrue(read[0] < 3_000_000, () -> read[0] + " bytes read of " + bomb.length);
        assertTrue(
                String.valueOf(e.getMessage())
                        .endsWith(
                                "decompresses to more than 50 times as much, and to more than"
                                        + " 1000000 bytes; if you trust it, raise the limit:"
                                        + " JBUILD_JAVA_OPTS=-Djbuild.limit.bytes=N"),
                e.getMessage());
    }

    @Test
    void what_compresses_well_but_is_small_is_no_bomb() throws IOException {
        assertEquals(20_000_000, read(compress(Compression.GZIP, new byte[20_000_000])).length);
    }

    private static byte[] read(byte[] content) throws IOException {
        try (var in = Decompression.open(new ByteArrayInputStream(content))) {
            return in.readAllBytes();
        }
    }

    private static byte[] compress(Compression compression, byte[] content) throws IOException {
        if (compression == Compression.ZSTD) {
            return Zstd.compress(content);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
