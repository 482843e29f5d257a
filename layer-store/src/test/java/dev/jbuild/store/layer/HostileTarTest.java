package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tars that no honest program writes: each is refused, and says why.
class HostileTarTest {
    private static final ArchiveLimits SMALL = new ArchiveLimits(1000, 10, 5, 20, 5000, 1000);

    /// @param reason part of the message
    record Case(String name, ByteString tar, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Case> cases() {
        Map<String, Map.Entry<byte[], String>> all = new LinkedHashMap<>();
        names(all);
        numbers(all);
        extensions(all);
        sparse(all);
        cuts(all);
        List<Case> cases = new ArrayList<>();
        all.forEach(
                (name, entry) ->
                        cases.add(new Case(name, ByteString.of(entry.getKey()), entry.getValue())));
        return cases;
    }

    private static void names(Map<String, Map.Entry<byte[], String>> all) {
        put(all, "parent", new RawTar().file("../f"), "'..'");
        put(all, "parent inside", new RawTar().file("a/../../f"), "'..'");
        put(all, "absolute parent", new RawTar().file("/../f"), "'..'");
        put(all, "directory that is the parent", new RawTar().header("..", '5', 0), "'..'");
        put(all, "parent at the end", new RawTar().header("a/..", '5', 0), "'..'");
        put(
                all,
                "parent across prefix and name",
                new RawTar().header("./f", '0', 0, block -> Ustar.PREFIX.putText(block, "..")),
                "'..'");
        put(all, "parent in PAX", new RawTar().pax('x', "path", "../f").file("f"), "'..'");
        put(
                all,
                "parent in a GNU long name",
                new RawTar().extension('L', "../f\0").file("f"),
                "'..'");
        put(
                all,
                "parent in a sparse name",
                new RawTar().pax('x', "GNU.sparse.major", "1", "GNU.sparse.name", "../f").file("f"),
                "'..'");
        put(all, "hard link to the parent", new RawTar().link("f", '1', "../f"), "'..'");
        put(all, "hard link to the root", new RawTar().link("f", '1', "/"), "the root");
        put(
                all,
                "hard link to the parent in PAX",
                new RawTar().pax('x', "linkpath", "a/../../f").link("f", '1', "x"),
                "'..'");
        put(
                all,
                "hard link to the parent in a GNU long link",
                new RawTar().extension('K', "../f\0").link("f", '1', "x"),
                "'..'");
        put(all, "symlink to nothing", new RawTar().header("f", '2', 0), "target is empty");
        put(all, "no name", new RawTar().header("", '0', 0), "is empty");
        put(all, "NUL in PAX", new RawTar().pax('x', "path", "a\0b").file("f"), "NUL");
        put(all, "NUL in a long name", new RawTar().extension('L', "a\0b\0").file("f"), "NUL");
        put(all, "empty long name", new RawTar().extension('L', "\0").file("f"), "is empty");
        put(
                all,
                "NUL in a link",
                new RawTar().pax('x', "linkpath", "a\0b").link("f", '2', "x"),
                "NUL");
        put(all, "root that is a file without a slash", new RawTar().file("."), "the root");
        put(all, "depth", new RawTar().file("a/".repeat(20) + "f"), "21 components; 20 are");
        put(
                all,
                "depth of a hard link",
                new RawTar().pax('x', "linkpath", "a/".repeat(30)).link("f", '1', "x"),
                "30 components");
    }

    private static void numbers(Map<String, Map.Entry<byte[], String>> all) {
        put(all, "negative size", size(RawTar.base256(124, 12, -1)), "its size is malformed");
        put(
                all,
                "size that overflows when rounded",
                size(RawTar.base256(124, 12, Long.MAX_VALUE)),
                "its size is malformed");
        put(
                all,
                "size of more than 64 bits",
                size(
                        block -> {
                            java.util.Arrays.fill(block, 124, 136, (byte) 0xff);
                            block[124] = (byte) 0x80;
                        }),
                "its size is malformed");
        put(all, "size with a sign", size(RawTar.text(124, "-0000000001")), "size is malformed");
        put(all, "size in decimal", size(RawTar.text(124, "00000000009")), "size is malformed");
        put(all, "size in hexadecimal", size(RawTar.text(124, "0x000000010")), "malformed");
        put(
                all,
                "size that PAX makes negative",
                new RawTar().pax('x', "size", "-1").file("f"),
                "size is malformed");
        put(
                all,
                "size that PAX makes too large",
                new RawTar().pax('x', "size", "9223372036854775808").file("f"),
                "size is malformed");
        put(
                all,
                "owner beyond 32 bits",
                new RawTar().header("f", '0', 0, RawTar.base256(108, 8, 0xffff_ffffL)),
                "uid is malformed");
        put(
                all,
                "negative owner",
                new RawTar().header("f", '0', 0, RawTar.base256(116, 8, -1)),
                "gid is malformed");
        put(
                all,
                "mode that is text",
                new RawTar().header("f", '0', 0, RawTar.text(100, "rwxr-xr")),
                "mode is malformed");
        put(
                all,
                "time beyond all time",
                new RawTar().header("f", '0', 0, RawTar.base256(136, 12, Long.MIN_VALUE)),
                "mtime is malformed");
        put(
                all,
                "time beyond all time in PAX",
                new RawTar().pax('x', "mtime", "999999999999999999").file("f"),
                "is malformed");
        put(
                all,
                "time in PAX that is text",
                new RawTar().pax('x', "mtime", "1e9").file("f"),
                "is malformed");
        put(
                all,
                "device number beyond 31 bits",
                new RawTar().header("f", '3', 0, RawTar.base256(329, 8, 1L << 32)),
                "device_major is malformed");
        put(all, "unknown type", new RawTar().header("f", 'Z', 0), "its type 'Z' is unknown");
        put(all, "type that is no text", new RawTar().header("f", '\u0007', 0), "type '\\7'");
        put(all, "part of another volume", new RawTar().header("f", 'M', 0), "volume");
    }

    private static RawTar size(java.util.function.Consumer<byte[]> change) {
        return new RawTar().header("f", '0', 0, change);
    }

    private static void extensions(Map<String, Map.Entry<byte[], String>> all) {
        put(all, "PAX without a length", new RawTar().extension('x', "path=f\n").file("f"), "PAX");
        put(all, "PAX that is cut", new RawTar().extension('x', "99 path=f\n").file("f"), "cut");
        put(
                all,
                "PAX that is too short",
                new RawTar().extension('x', "4 path=f\n").file("f"),
                "PAX");
        put(
                all,
                "PAX whose length overflows",
                new RawTar().extension('x', "4294967306 path=f\n").file("f"),
                "without a length");
        put(
                all,
                "PAX whose length is nothing",
                new RawTar().extension('x', "0 path=f\n").file("f"),
                "PAX");
        put(
                all,
                "PAX whose length is negative",
                new RawTar().extension('x', "-9 path=f\n").file("f"),
                "PAX");
        put(
                all,
                "PAX without its newline",
                new RawTar().extension('x', "10 path=ff").file("f"),
                "'length keyword=value'");
        put(all, "PAX without a keyword", new RawTar().extension('x', "5 =f\n").file("f"), "PAX");
        put(all, "PAX of zeros", new RawTar().extension('x', "\0".repeat(512)).file("f"), "PAX");
        put(
                all,
                "two PAX headers",
                new RawTar().pax('x', "path", "a").pax('x', "path", "b").file("f"),
                "two PAX headers");
        put(
                all,
                "two long names",
                new RawTar().extension('L', "a\0").extension('L', "b\0").file("f"),
                "two long names");
        put(
                all,
                "two long links",
                new RawTar().extension('K', "a\0").extension('K', "b\0").link("f", '2', "x"),
                "two long links");
        put(
                all,
                "long name that contradicts PAX",
                new RawTar().pax('x', "path", "a").extension('L', "b\0").file("f"),
                "two names");
        put(all, "huge PAX header", new RawTar().header("x", 'x', 1L << 32), "1048576 is the most");
        put(all, "huge long name", new RawTar().header("x", 'L', 1L << 21), "1048576 is the most");
        put(
                all,
                "PAX header of negative size",
                new RawTar().header("x", 'x', 0, RawTar.base256(124, 12, -512)),
                "the size of its PAX header is malformed");
        put(all, "PAX header alone", new RawTar().pax('x', "path", "f"), "without its entry");
        put(all, "long name alone", new RawTar().extension('L', "f\0"), "without its entry");
        put(
                all,
                "global path",
                new RawTar().pax('g', "path", "f").file("g"),
                "gives all entries one 'path'");
        put(all, "global size", new RawTar().pax('g', "size", "9").file("g"), "one 'size'");
        put(
                all,
                "global link",
                new RawTar().pax('g', "linkpath", "/etc/passwd").link("g", '1', "x"),
                "one 'linkpath'");
        put(
                all,
                "attribute larger than Linux has",
                new RawTar().pax('x', "SCHILY.xattr.user.a", "v".repeat(65537)).file("f"),
                "an extended attribute of 65537 bytes");
        put(
                all,
                "attribute without a name",
                new RawTar().pax('x', "SCHILY.xattr.", "v").file("f"),
                "without a valid name");
        put(
                all,
                "attribute with a name longer than Linux has",
                new RawTar().pax('x', "SCHILY.xattr.user." + "n".repeat(255), "v").file("f"),
                "without a valid name");
        RawTar globals = new RawTar();
        for (int i = 0; i < 3; i++) {
            globals.pax('g', "comment" + i, "c".repeat(500_000));
        }
        put(all, "global headers without end", globals.file("f"), "global PAX headers have");
        RawTar many = new RawTar();
        for (int i = 0; i < 6; i++) {
            many.file("f");
        }
        put(all, "more entries than the limit", many, "jbuild.limit.entries=N");
    }

    private static void sparse(Map<String, Map.Entry<byte[], String>> all) {
        put(all, "sparse map that goes back", paxSparse("9", "4,1,2,1").padded("ab"), "in order");
        put(all, "sparse map that overlaps", paxSparse("9", "0,4,2,4").padded("12345678"), "order");
        put(all, "sparse map beyond the file", paxSparse("3", "2,2").padded("ab"), "3 bytes");
        put(all, "sparse map of too much content", paxSparse("9", "0,3").padded("ab"), "has 2");
        put(all, "sparse map of odd length", paxSparse("9", "0,2,4").padded("ab"), "malformed");
        put(all, "sparse map that is text", paxSparse("9", "zero,2").padded("ab"), "malformed");
        put(
                all,
                "sparse map that overflows",
                paxSparse("9", "999999999999999999,999999999999999999").padded("ab"),
                "999999999999999999");
        put(
                all,
                "sparse size that is negative",
                paxSparse("-1", "0,2").padded("ab"),
                "sparse size");
        put(all, "sparse file smaller than its parts", paxSparse("1", "0,2").padded("ab"), "more");
        put(
                all,
                "holes without end",
                paxSparse("999999999999999999", "0,2").padded("ab"),
                "jbuild.limit.holes=N");
        put(
                all,
                "sparse file of an unknown format",
                new RawTar().pax('x', "GNU.sparse.major", "2").file("f"),
                "unknown format 2.0");
        put(
                all,
                "sparse link",
                new RawTar().pax('x', "GNU.sparse.major", "1").link("f", '2', "x"),
                "sparse, but no file");
        put(
                all,
                "map before the content that is text",
                contentSparse("9", "one\n").padded("one\n"),
                "malformed");
        put(
                all,
                "map before the content that never ends",
                contentSparse("9", "1".repeat(512)).padded("1".repeat(512)),
                "malformed");
        put(
                all,
                "map before the content with more parts than there are",
                contentSparse("9", "999999\n0\n1\n").padded("999999\n0\n1\n"),
                "malformed");
        put(
                all,
                "old GNU map that goes back",
                new RawTar().header("f", 'S', 0, oldGnu("9", "4", "1").andThen(part(1, "0", "1"))),
                "not in order");
        all.put(
                "old GNU map whose continuation is cut off",
                Map.entry(
                        new RawTar()
                                .header(
                                        "f",
                                        'S',
                                        0,
                                        oldGnu("9", "0", "0").andThen(block -> block[482] = 1))
                                .unended(),
                        "cut off in the map"));
        put(
                all,
                "old GNU size that is negative",
                new RawTar()
                        .header(
                                "f",
                                'S',
                                0,
                                oldGnu("9", "0", "0").andThen(RawTar.base256(483, 12, -9))),
                "its sparse file of -9 bytes");
        put(
                all,
                "sparse in star's own way",
                new RawTar().pax('x', "SCHILY.realsize", "9").file("f"),
                "only star");
        put(
                all,
                "two kinds of sparse",
                new RawTar().pax('x', "GNU.sparse.major", "1").header("f", 'S', 0),
                "two kinds");
        put(
                all,
                "global sparse map",
                new RawTar().pax('g', "GNU.sparse.map", "0,1").file("f"),
                "one 'GNU.sparse.map'");
    }

    private static void cuts(Map<String, Map.Entry<byte[], String>> all) {
        byte[] whole = new RawTar().pax('x', "path", "name").file("f", "content").unended();
        for (int cut : new int[] {1, 511, 513, 600, 1100, 1537, 1540, 1600}) {
            all.put(
                    "cut after " + cut + " bytes",
                    Map.entry(java.util.Arrays.copyOf(whole, cut), "cut off"));
        }
        all.put(
                "cut behind the extended header",
                Map.entry(java.util.Arrays.copyOf(whole, 1024), "without its entry"));
        all.put(
                "content of eight exbibytes",
                Map.entry(
                        size(RawTar.base256(124, 12, Long.MAX_VALUE - 1024)).unended(), "cut off"));
        put(all, "text", new RawTar().padded("dear sir\n".repeat(100)), "checksum is wrong");
        put(
                all,
                "more data after one block of zeros",
                new RawTar().file("f").raw(new byte[512]).file("g"),
                "a lone block of zeros");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void refused(Case hostile) {
        InvalidTarException e =
                assertThrows(
                        InvalidTarException.class, () -> readAll(hostile.tar().bytes(), SMALL));
        assertTrue(String.valueOf(e.getMessage()).contains(hostile.reason()), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).startsWith("invalid tar: "), e.getMessage());
    }

    @Test
    void message_holds_no_control_character_and_is_not_endless() {
        byte[] tar =
                new RawTar()
                        .pax('x', "path", "\033[2J\n" + "n".repeat(5000))
                        .link("f", '2', "")
                        .ended();
        InvalidTarException e =
                assertThrows(InvalidTarException.class, () -> readAll(tar, ArchiveLimits.DEFAULT));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("invalid tar: entry '\\x1b[2J\\nnnn"), message);
        assertTrue(message.contains("nnn... (5005 bytes)'"), message);
        assertTrue(message.length() < 500, message);
    }

    @Test
    void size_of_pax_counts_where_the_header_says_another() throws IOException {
        byte[] tar =
                new RawTar()
                        .pax('x', "size", "512")
                        .file("f")
                        .raw(new RawTar().file("smuggled").unended())
                        .file("after")
                        .ended();
        assertEquals(List.of("f", "after"), readAll(tar, ArchiveLimits.DEFAULT));
    }

    @Test
    void global_header_is_no_entry_and_a_local_one_wins() throws IOException {
        byte[] tar =
                new RawTar()
                        .pax('g', "comment", "of git", "uid", "7")
                        .file("a")
                        .pax('x', "uid", "8")
                        .file("b")
                        .ended();
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar))) {
            assertEquals(7, reader.next().orElseThrow().metadata().uid());
            assertEquals(8, reader.next().orElseThrow().metadata().uid());
            assertEquals(Optional.empty(), reader.next());
        }
    }

    private static RawTar paxSparse(String size, String map) {
        return new RawTar()
                .pax('x', "GNU.sparse.size", size, "GNU.sparse.map", map)
                .header("f", '0', map.startsWith("0,4") ? 8 : 2);
    }

    private static RawTar contentSparse(String size, String map) {
        return new RawTar()
                .pax(
                        'x',
                        "GNU.sparse.major",
                        "1",
                        "GNU.sparse.minor",
                        "0",
                        "GNU.sparse.realsize",
                        size)
                .header("f", '0', map.length());
    }

    private static java.util.function.Consumer<byte[]> oldGnu(
            String size, String offset, String length) {
        return part(0, offset, length).andThen(RawTar.text(483, octal(size)));
    }

    private static java.util.function.Consumer<byte[]> part(
            int index, String offset, String length) {
        return RawTar.text(386 + 24 * index, octal(offset))
                .andThen(RawTar.text(398 + 24 * index, octal(length)));
    }

    private static String octal(String decimal) {
        String digits = Long.toOctalString(Long.parseLong(decimal));
        return "0".repeat(11 - digits.length()) + digits + "\0";
    }

    private static void put(
            Map<String, Map.Entry<byte[], String>> all, String name, RawTar tar, String reason) {
        all.put(name, Map.entry(tar.ended(), reason));
    }

    private static List<String> readAll(byte[] tar, ArchiveLimits limits) throws IOException {
        List<String> names = new ArrayList<>();
        try (TarReader reader = new TarReader(new ByteArrayInputStream(tar), limits)) {
            for (Optional<TarEntry> entry = reader.next();
                    entry.isPresent();
                    entry = reader.next()) {
                names.add(entry.get().path().toString());
                InputStream content = reader.content();
                while (content.readNBytes(1 << 16).length > 0) {
                    // to its end
                }
            }
        }
        return names;
    }
}
