package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// GNU tar's manual, "Storing Sparse Files".
class SparseTarTest {
    /// A file of 20 bytes: `ab` at 4, `cde` at 10, else zeros.
    private static final byte[] EXPECTED = {
        0, 0, 0, 0, 'a', 'b', 0, 0, 0, 0, 'c', 'd', 'e', 0, 0, 0, 0, 0, 0, 0
    };

    static List<byte[]> forms() {
        Consumer<byte[]> map =
                RawTar.text(386, octal(4))
                        .andThen(RawTar.text(398, octal(2)))
                        .andThen(RawTar.text(410, octal(10)))
                        .andThen(RawTar.text(422, octal(3)))
                        .andThen(RawTar.text(434, octal(20)))
                        .andThen(RawTar.text(446, octal(0)))
                        .andThen(RawTar.text(483, octal(20)));
        return List.of(
                new RawTar().header("f", 'S', 5, map).padded("abcde").file("g").ended(),
                new RawTar()
                        .pax(
                                'x',
                                "GNU.sparse.size",
                                "20",
                                "GNU.sparse.numblocks",
                                "2",
                                "GNU.sparse.offset",
                                "4",
                                "GNU.sparse.numbytes",
                                "2",
                                "GNU.sparse.offset",
                                "10",
                                "GNU.sparse.numbytes",
                                "3")
                        .header("f", '0', 5)
                        .padded("abcde")
                        .file("g")
                        .ended(),
                new RawTar()
                        .pax(
                                'x',
                                "GNU.sparse.size",
                                "20",
                                "GNU.sparse.numblocks",
                                "2",
                                "GNU.sparse.name",
                                "f",
                                "GNU.sparse.map",
                                "4,2,10,3")
                        .header("GNUSparseFile.1/f", '0', 5)
                        .padded("abcde")
                        .file("g")
                        .ended(),
                new RawTar()
                        .pax(
                                'x',
                                "GNU.sparse.major",
                                "1",
                                "GNU.sparse.minor",
                                "0",
                                "GNU.sparse.name",
                                "f",
                                "GNU.sparse.realsize",
                                "20")
                        .header("GNUSparseFile.1/f", '0', 517)
                        .padded("2\n4\n2\n10\n3\n")
                        .padded("abcde")
                        .file("g")
                        .ended());
    }

    @ParameterizedTest
    @MethodSource("forms")
    void content_has_zeros_in_its_holes(byte[] tar) throws IOException {
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar))) {
            TarEntry.RegularFile file = (TarEntry.RegularFile) reader.next().orElseThrow();
            assertEquals("f", file.path().toString());
            assertEquals(20, file.size());
            assertArrayEquals(EXPECTED, reader.content().readAllBytes());
            assertEquals("g", reader.next().orElseThrow().path().toString());
            assertEquals(Optional.empty(), reader.next());
        }
    }

    @ParameterizedTest
    @MethodSource("forms")
    void holes_can_be_passed_over(byte[] tar) throws IOException {
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar))) {
            reader.next();
            assertEquals(4, reader.skipHole());
            assertEquals(0, reader.skipHole());
            assertArrayEquals(new byte[] {'a', 'b'}, reader.content().readNBytes(2));
            assertEquals(4, reader.skipHole());
            assertArrayEquals(new byte[] {'c', 'd', 'e'}, reader.content().readNBytes(3));
            assertEquals(7, reader.skipHole());
            assertEquals(0, reader.skipHole());
            assertEquals(-1, reader.content().read());
        }
    }

    @Test
    void file_that_is_not_read_is_skipped_with_its_map() throws IOException {
        for (byte[] tar : forms()) {
            try (TarReader reader = new TarReader(new ByteArrayInputStream(tar))) {
                reader.next();
                assertEquals("g", reader.next().orElseThrow().path().toString());
            }
        }
    }

    @Test
    void file_that_is_one_hole_has_no_content() throws IOException {
        byte[] tar =
                new RawTar()
                        .pax(
                                'x',
                                "GNU.sparse.major",
                                "1",
                                "GNU.sparse.minor",
                                "0",
                                "GNU.sparse.realsize",
                                "1000000")
                        .header("f", '0', 512)
                        .padded("1\n1000000\n0\n")
                        .ended();
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar))) {
            assertEquals(1_000_000, ((TarEntry.RegularFile) reader.next().orElseThrow()).size());
            assertEquals(1_000_000, reader.skipHole());
            assertEquals(-1, reader.content().read());
        }
    }

    private static String octal(long value) {
        String digits = Long.toOctalString(value);
        return "0".repeat(11 - digits.length()) + digits + "\0";
    }
}
