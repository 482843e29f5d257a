package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What others write, and what nobody should: headers made by hand.
class TarReaderTest {
    @ParameterizedTest
    @CsvSource({
        "./etc/passwd,etc/passwd",
        "/etc/passwd,etc/passwd",
        "//etc//./passwd,etc/passwd",
        "etc/.hidden,etc/.hidden",
        "...,...",
    })
    void name_is_taken_relative_to_the_root(String written, String read) throws IOException {
        assertEquals(read, only(file(written, 0)).path().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"..", "../etc/passwd", "etc/../../passwd", "/..", "a/.."})
    void name_that_leads_upwards_is_refused(String name) {
        assertEquals(
                "invalid tar: entry '"
                        + name
                        + "' at offset 0: its name has a '..' in it, which could lead outside",
                refused(file(name, 0)));
    }

    @Test
    void hard_link_that_leads_upwards_is_refused() {
        byte[] header = header("link", '1', 0);
        Ustar.LINK_NAME.putText(header, "../../etc/shadow");
        assertTrue(refused(sealed(header)).contains("its link has a '..' in it"));
    }

    @Test
    void symlink_may_lead_anywhere_as_it_is_only_text() throws IOException {
        byte[] header = header("link", '2', 0);
        Ustar.LINK_NAME.putText(header, "../../etc/shadow");
        TarEntry.Symlink link = (TarEntry.Symlink) only(sealed(header));
        assertEquals("../../etc/shadow", link.target().toString());
    }

    @Test
    void symlink_without_a_target_is_refused() {
        assertTrue(refused(sealed(header("link", '2', 0))).contains("its link target is empty"));
    }

    @Test
    void root_may_be_a_directory_but_no_file() throws IOException {
        assertTrue(only(sealed(header("./", '5', 0))).path().isRoot());
        assertTrue(refused(file(".", 0)).contains("the root can only be a directory"));
    }

    @Test
    void empty_name_is_refused() {
        assertTrue(refused(file("", 0)).contains("its name is empty"));
    }

    @Test
    void wrong_checksum_is_refused() {
        byte[] header = file("f", 0);
        header[0] = 'g';
        assertEquals(
                "invalid tar: the entry at offset 0: the header's checksum is wrong: damaged, or"
                        + " not a tar",
                refused(header));
    }

    @Test
    void offset_of_a_later_entry_is_told() {
        byte[] bad = file("second", 0);
        bad[0] = 'x';
        String message = refused(join(file("first", 600), new byte[1024], bad));
        assertTrue(message.contains("at offset 1536"), message);
    }

    @Test
    void archive_cut_off_in_a_header_is_refused() {
        assertTrue(
                refusedRaw(Arrays.copyOf(file("f", 0), 300))
                        .contains("cut off in a header at offset 0"));
    }

    @Test
    void archive_cut_off_in_content_is_refused() {
        assertEquals(
                "invalid tar: entry 'f' at offset 0: the archive is cut off in its content of 1000"
                        + " bytes",
                refusedRaw(join(file("f", 1000), new byte[512])));
    }

    @Test
    void archive_without_an_end_mark_is_read_and_tells() throws IOException {
        try (TarReader reader = reader(file("f", 0))) {
            reader.next();
            assertEquals(Optional.empty(), reader.next());
            assertFalse(reader.hasEndMark());
        }
    }

    @Test
    void end_mark_ends_the_archive_whatever_follows() throws IOException {
        try (TarReader reader = reader(join(file("f", 0), new byte[1024], file("ghost", 0)))) {
            reader.next();
            assertEquals(Optional.empty(), reader.next());
            assertTrue(reader.hasEndMark());
        }
    }

    @Test
    void lone_block_of_zeros_before_more_data_is_refused() {
        assertTrue(
                refusedRaw(join(file("f", 0), new byte[512], file("g", 0)))
                        .contains("a lone block of zeros at offset 512"));
    }

    @Test
    void unknown_type_is_refused() {
        assertTrue(refused(sealed(header("f", 'Q', 0))).contains("its type 'Q' is unknown"));
    }

    @Test
    void v7_header_with_a_slash_at_the_end_is_a_directory() throws IOException {
        byte[] header = header("dir/", '\0', 0);
        Arrays.fill(header, 257, 265, (byte) 0);
        assertEquals(TarEntry.Directory.class, only(sealed(header)).getClass());
    }

    @Test
    void gnu_header_has_no_prefix() throws IOException {
        byte[] header = header("f", '0', 0);
        Ustar.MAGIC.putText(header, Ustar.GNU_MAGIC);
        Ustar.PREFIX.putText(header, "14555555555"); // GNU keeps the access time there
        assertEquals("f", only(sealed(header)).path().toString());
    }

    @Test
    void gnu_long_name_and_link_are_read() throws IOException {
        String name = "n".repeat(3000);
        byte[] link = header("cut", '2', 0);
        Ustar.LINK_NAME.putText(link, "cut");
        byte[] tar =
                join(
                        sealed(header("././@LongLink", 'L', 3001)),
                        padded(name + "\0"),
                        sealed(header("././@LongLink", 'K', 3001)),
                        padded(name.replace('n', 'm') + "\0"),
                        sealed(link));
        TarEntry.Symlink read = (TarEntry.Symlink) only(tar);
        assertEquals(name, read.path().toString());
        assertEquals(name.replace('n', 'm'), read.target().toString());
    }

    @Test
    void base_256_numbers_are_read() throws IOException {
        byte[] header = header("f", '0', 0);
        base256(header, 108, 8, 4_000_000_000L);
        base256(header, 136, 12, -5);
        Metadata metadata = only(sealed(header)).metadata();
        assertEquals(4_000_000_000L, metadata.uid());
        assertEquals(Instant.ofEpochSecond(-5), metadata.mtime());
    }

    @Test
    void negative_size_is_refused() {
        byte[] header = header("f", '0', 0);
        base256(header, 124, 12, -512);
        assertTrue(refused(sealed(header)).contains("its size is malformed"));
    }

    @Test
    void size_that_is_no_number_is_refused() {
        byte[] header = header("f", '0', 0);
        Ustar.SIZE.putText(header, "12x45678901");
        assertTrue(refused(sealed(header)).contains("its size is malformed"));
    }

    @Test
    void global_pax_header_holds_for_all_entries_and_a_local_one_for_its_own() throws IOException {
        byte[] tar =
                join(
                        pax('g', "mtime", "100", "uid", "7"),
                        file("a", 0),
                        pax('x', "mtime", "200.5"),
                        file("b", 0),
                        file("c", 0));
        try (TarReader reader = reader(join(tar, new byte[1024]))) {
            assertEquals(Instant.ofEpochSecond(100), next(reader).metadata().mtime());
            TarEntry b = next(reader);
            assertEquals(Instant.ofEpochSecond(200, 500_000_000), b.metadata().mtime());
            assertEquals(7, b.metadata().uid());
            assertEquals(Instant.ofEpochSecond(100), next(reader).metadata().mtime());
        }
    }

    @Test
    void nul_in_a_pax_path_is_refused() {
        byte[] tar = join(pax('x', "path", "etc/passwd\0.txt"), file("f", 0));
        assertTrue(refused(tar).contains("has a NUL in it"));
    }

    @Test
    void dot_dot_in_a_pax_path_is_refused() {
        byte[] tar = join(pax('x', "path", "../etc/passwd"), file("f", 0));
        assertTrue(refused(tar).contains("'..'"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "x path=a\n",
                "99 path=a\n",
                "8 path=a\n",
                "5 pa\n",
                "10 =aaaaa\n",
                "999999999999 path=a\n",
                "path=a\n",
                "-1 path=a\n",
            })
    void malformed_pax_record_is_refused(String records) {
        byte[] tar =
                join(sealed(header("x", 'x', records.length())), padded(records), file("f", 0));
        assertTrue(refused(tar).contains("a PAX record"), refused(tar));
    }

    @Test
    void huge_pax_header_is_refused_without_reading_it() {
        byte[] tar = sealed(header("x", 'x', 0x7fffffff));
        assertEquals(
                "invalid tar: the entry at offset 0: its PAX header has 2147483647 bytes; 1048576"
                        + " is the most",
                refusedRaw(tar));
    }

    @Test
    void extended_header_without_an_entry_is_refused() {
        assertTrue(
                refused(pax('x', "path", "f"))
                        .contains("the archive ends after an extended header without its entry"));
    }

    private static TarEntry next(TarReader reader) throws IOException {
        return reader.next().orElseThrow();
    }

    private static TarEntry only(byte[] tar) throws IOException {
        try (TarReader reader = reader(join(tar, new byte[1024]))) {
            TarEntry entry = next(reader);
            assertEquals(Optional.empty(), reader.next());
            return entry;
        }
    }

    private static String refused(byte[] tar) {
        return refusedRaw(join(tar, new byte[1024]));
    }

    private static String refusedRaw(byte[] tar) {
        InvalidTarException e =
                assertThrows(
                        InvalidTarException.class,
                        () -> {
                            try (TarReader reader = reader(tar)) {
                                while (reader.next().isPresent()) {
                                    reader.content().readAllBytes();
                                }
                            }
                        });
        return String.valueOf(e.getMessage());
    }

    private static TarReader reader(byte[] tar) {
        return new TarReader(new ByteArrayInputStream(tar));
    }

    private static byte[] file(String name, int size) {
        return sealed(header(name, '0', size));
    }

    private static byte[] header(String name, char type, int size) {
        byte[] block = new byte[Ustar.BLOCK];
        Ustar.NAME.putText(block, name);
        Ustar.MODE.putOctal(block, 0644);
        Ustar.SIZE.putOctal(block, size);
        Ustar.TYPE.putText(block, String.valueOf(type));
        Ustar.MAGIC.putText(block, Ustar.POSIX_MAGIC);
        return block;
    }

    private static byte[] sealed(byte[] header) {
        Ustar.putChecksum(header);
        return header;
    }

    private static byte[] pax(char type, String... records) {
        java.util.TreeMap<String, String> map = new java.util.TreeMap<>();
        for (int i = 0; i < records.length; i += 2) {
            map.put(records[i], records[i + 1]);
        }
        byte[] content = PaxRecords.encode(map);
        return join(
                sealed(header("pax", type, content.length)),
                Arrays.copyOf(content, content.length + Ustar.padding(content.length)));
    }

    private static byte[] padded(String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        return Arrays.copyOf(bytes, bytes.length + Ustar.padding(bytes.length));
    }

    private static void base256(byte[] block, int offset, int length, long value) {
        for (int i = 0; i < length; i++) {
            int shift = 8 * (length - 1 - i);
            block[offset + i] = (byte) (shift >= 64 ? value >> 63 : value >> shift);
        }
        block[offset] = (byte) (value < 0 ? 0xff : 0x80);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
