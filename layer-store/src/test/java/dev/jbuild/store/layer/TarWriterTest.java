package dev.jbuild.store.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header".
class TarWriterTest {
    private static final Metadata PLAIN =
            new Metadata(0644, 1000, 100, Instant.ofEpochSecond(1_700_000_000));

    @Test
    void header_is_written_field_by_field() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter tar = new TarWriter(out);
        tar.add(
                new TarEntry.RegularFile(EntryPath.of("etc/motd"), PLAIN, 6),
                new ByteArrayInputStream("hello\n".getBytes(ISO_8859_1)));
        tar.finish();
        String expected =
                pad("etc/motd", 100)
                        + "0000644\0"
                        + "0001750\0"
                        + "0000144\0"
                        + "00000000006\0"
                        + "14524770400\0"
                        + "012345\0 "
                        + "0"
                        + pad("", 100)
                        + "ustar\00000"
                        + pad("", 64)
                        + "0000000\0"
                        + "0000000\0"
                        + pad("", 167)
                        + pad("hello\n", 512)
                        + pad("", 1024);
        assertEquals(expected.substring(0, 148), text(out).substring(0, 148));
        assertEquals(expected.substring(156), text(out).substring(156));
        assertEquals(true, Ustar.isChecksumRight(out.toByteArray()));
    }

    @Test
    void nanoseconds_and_attributes_stand_in_sorted_pax_records() throws IOException {
        java.util.TreeMap<String, ByteString> xattrs = new java.util.TreeMap<>();
        xattrs.put("user.b", ByteString.of("2"));
        xattrs.put("user.a", ByteString.of("1"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new TarWriter(out)
                .add(
                        new TarEntry.Fifo(
                                EntryPath.of("f"),
                                new Metadata(
                                        0600,
                                        0,
                                        0,
                                        Instant.ofEpochSecond(1, 500_000_000),
                                        xattrs)));
        assertEquals(
                """
                25 SCHILY.xattr.user.a=1
                25 SCHILY.xattr.user.b=2
                13 mtime=1.5
                """,
                text(out).substring(512, 1024).replace("\0", ""));
    }

    @Test
    void pax_length_counts_its_own_digits() {
        java.util.TreeMap<String, String> records = new java.util.TreeMap<>();
        records.put("a", "x".repeat(4));
        assertEquals("9 a=xxxx\n", text(PaxRecords.encode(records)));
        records.put("a", "x".repeat(5));
        assertEquals("11 a=xxxxx\n", text(PaxRecords.encode(records)));
        records.put("a", "x".repeat(93));
        assertEquals("99 a=" + "x".repeat(93) + "\n", text(PaxRecords.encode(records)));
        records.put("a", "x".repeat(94));
        assertEquals("101 a=" + "x".repeat(94) + "\n", text(PaxRecords.encode(records)));
    }

    @Test
    void times_before_1970_are_written_with_a_minus() {
        assertEquals("-1.5", PaxRecords.time(Instant.ofEpochSecond(-2, 500_000_000)));
        assertEquals("-0.000000001", PaxRecords.time(Instant.ofEpochSecond(-1, 999_999_999)));
        assertEquals("-3", PaxRecords.time(Instant.ofEpochSecond(-3)));
        assertEquals("0.25", PaxRecords.time(Instant.ofEpochSecond(0, 250_000_000)));
    }

    @Test
    void name_with_a_nul_is_the_callers_mistake() {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        new TarWriter(new ByteArrayOutputStream())
                                .add(new TarEntry.Fifo(EntryPath.of("a\0b"), PLAIN)));
    }

    private static String pad(String text, int length) {
        return text + "\0".repeat(length - text.length());
    }

    private static String text(ByteArrayOutputStream out) {
        return text(out.toByteArray());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }
}
