package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Against Commons Compress, but for what it can't do: extended attributes and names that are not
/// text, and mtimes to more than 100 ns.
class CommonsCompressTest {
    @ParameterizedTest
    @ValueSource(longs = {31, 32, 33})
    void commons_compress_reads_what_was_written(long seed) throws IOException {
        List<RandomEntries.Item> items =
                RandomEntries.of(new Random(seed), 200).stream()
                        .filter(CommonsCompressTest::isText)
                        .toList();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (RandomEntries.Item item : items) {
            item.addTo(writer);
        }
        writer.finish();
        try (TarArchiveInputStream tar =
                new TarArchiveInputStream(new ByteArrayInputStream(out.toByteArray()), "UTF-8")) {
            for (RandomEntries.Item item : items) {
                assertSame(item, tar.getNextEntry(), tar);
            }
            assertEquals(null, tar.getNextEntry());
        }
    }

    private static void assertSame(
            RandomEntries.Item item, TarArchiveEntry actual, TarArchiveInputStream tar)
            throws IOException {
        TarEntry expected = item.entry();
        boolean isDirectory = expected instanceof TarEntry.Directory;
        assertEquals(expected.path() + (isDirectory ? "/" : ""), actual.getName());
        assertEquals(expected.metadata().mode(), actual.getMode());
        assertEquals(expected.metadata().uid(), actual.getLongUserId());
        assertEquals(expected.metadata().gid(), actual.getLongGroupId());
        assertEquals(
                expected.metadata().mtime().getEpochSecond(),
                actual.getLastModifiedTime().toInstant().getEpochSecond());
        switch (expected) {
            case TarEntry.RegularFile _ ->
                    assertArrayEquals(item.content().bytes(), tar.readAllBytes());
            case TarEntry.Symlink link ->
                    assertEquals(link.target().toString(), actual.getLinkName());
            case TarEntry.HardLink link ->
                    assertEquals(link.target().toString(), actual.getLinkName());
            case TarEntry.Device device -> {
                assertEquals(device.character(), actual.isCharacterDevice());
                assertEquals(device.major(), actual.getDevMajor());
                assertEquals(device.minor(), actual.getDevMinor());
            }
            case TarEntry.Fifo _ -> assertEquals(true, actual.isFIFO());
            case TarEntry.Directory _ -> assertEquals(true, actual.isDirectory());
        }
    }

    @Test
    void what_commons_compress_writes_is_read() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8")) {
            tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
            tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
            tar.setAddPaxHeadersForNonAsciiNames(true);
            TarArchiveEntry entry = new TarArchiveEntry("ü" + "n".repeat(200));
            entry.setSize(3);
            entry.setUserId(4_000_000_000L);
            tar.putArchiveEntry(entry);
            tar.write(new byte[] {1, 2, 3});
            tar.closeArchiveEntry();
        }
        try (TarReader reader = new TarReader(new ByteArrayInputStream(out.toByteArray()))) {
            TarEntry entry = reader.next().orElseThrow();
            assertEquals("ü" + "n".repeat(200), entry.path().toString());
            assertEquals(4_000_000_000L, entry.metadata().uid());
            assertArrayEquals(new byte[] {1, 2, 3}, reader.content().readAllBytes());
        }
    }

    private static boolean isText(RandomEntries.Item item) {
        TarEntry entry = item.entry();
        return isText(entry.path().latin1())
                && switch (entry) {
                    case TarEntry.Symlink link -> isText(link.target().latin1());
                    case TarEntry.HardLink link -> isText(link.target().latin1());
                    case TarEntry.RegularFile _,
                            TarEntry.Directory _,
                            TarEntry.Device _,
                            TarEntry.Fifo _ ->
                            true;
                }
                && !entry.path().isRoot();
    }

    private static boolean isText(String latin1) {
        return latin1.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    }
}
