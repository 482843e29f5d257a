package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What [TarWriter] writes, [TarReader] reads.
class TarRoundTripTest {
    static List<TarEntry> unusual() {
        Metadata plain = new Metadata(0644, 0, 0, Instant.ofEpochSecond(1_700_000_000));
        TreeMap<String, ByteString> xattrs = new TreeMap<>();
        xattrs.put(
                "security.capability",
                ByteString.of(new byte[] {1, 0, 0, 2, (byte) 0xc8, 0, 0, '\n', '=', -1}));
        xattrs.put("user.empty", ByteString.of(""));
        xattrs.put("user.a=b", ByteString.of("name with ="));
        xattrs.put("user.100%", ByteString.of("name with %"));
        xattrs.put("user.a%3Db", ByteString.of("name that looks escaped"));
        return List.of(
                new TarEntry.Directory(EntryPath.ROOT, plain),
                new TarEntry.Directory(EntryPath.of("d".repeat(99)), plain),
                new TarEntry.Directory(EntryPath.of("d".repeat(100)), plain),
                new TarEntry.RegularFile(EntryPath.of("n".repeat(100)), plain, 0),
                new TarEntry.RegularFile(EntryPath.of("n".repeat(101)), plain, 0),
                new TarEntry.RegularFile(
                        EntryPath.of("p".repeat(155) + "/" + "n".repeat(100)), plain, 0),
                new TarEntry.RegularFile(
                        EntryPath.of("p".repeat(156) + "/" + "n".repeat(100)), plain, 0),
                new TarEntry.RegularFile(
                        EntryPath.of(("x".repeat(200) + "/").repeat(30) + "f"), plain, 0),
                new TarEntry.RegularFile(EntryPath.of("grüße/日本"), plain, 0),
                new TarEntry.RegularFile(
                        EntryPath.ofBytes(new byte[] {'a', (byte) 0xff, (byte) 0xfe, '\n', 'b'}),
                        plain,
                        0),
                new TarEntry.Symlink(
                        EntryPath.of("s"), plain, ByteString.of("../" + "t".repeat(4000))),
                new TarEntry.Symlink(
                        EntryPath.of("s2"), plain, ByteString.of(new byte[] {(byte) 0x80})),
                new TarEntry.HardLink(EntryPath.of("h"), plain, EntryPath.of("h".repeat(101))),
                new TarEntry.Device(EntryPath.of("null"), plain, true, 1, 3),
                new TarEntry.Device(
                        EntryPath.of("sda"), plain, false, 2_097_152, Integer.MAX_VALUE),
                new TarEntry.Fifo(EntryPath.of("fifo"), plain),
                new TarEntry.RegularFile(
                        EntryPath.of("owner"),
                        new Metadata(07777, 2_097_152, 4_294_967_294L, plain.mtime()),
                        0),
                new TarEntry.RegularFile(
                        EntryPath.of("nanos"),
                        plain.withMtime(Instant.ofEpochSecond(1_700_000_000, 123_456_789)),
                        0),
                new TarEntry.RegularFile(
                        EntryPath.of("before 1970"),
                        plain.withMtime(Instant.ofEpochSecond(-2, 500_000_000)),
                        0),
                new TarEntry.RegularFile(
                        EntryPath.of("long ago"),
                        plain.withMtime(Instant.ofEpochSecond(-86_400)),
                        0),
                new TarEntry.RegularFile(
                        EntryPath.of("after 2242"),
                        plain.withMtime(Instant.parse("2500-01-01T00:00:00Z")),
                        0),
                new TarEntry.RegularFile(
                        EntryPath.of("xattrs"),
                        new Metadata(0755, 0, 0, plain.mtime(), xattrs),
                        0));
    }

    @ParameterizedTest
    @MethodSource("unusual")
    void unusual_entry_comes_back_as_it_was(TarEntry entry) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        writer.add(entry);
        writer.finish();
        try (TarReader reader = reader(out)) {
            assertEquals(Optional.of(entry), reader.next());
            assertEquals(Optional.empty(), reader.next());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void random_tree_comes_back_as_it_was(long seed) throws IOException {
        List<RandomEntries.Item> items = RandomEntries.of(new Random(seed), 200);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        for (RandomEntries.Item item : items) {
            item.addTo(writer);
        }
        writer.finish();
        assertEquals(0, out.size() % Ustar.BLOCK);
        try (TarReader reader = reader(out)) {
            assertEquals(items, readAll(reader));
        }
    }

    @Test
    void content_not_read_is_skipped() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter writer = new TarWriter(out);
        Metadata plain = new Metadata(0644, 0, 0, Instant.EPOCH);
        writer.add(
                new TarEntry.RegularFile(EntryPath.of("a"), plain, 1000),
                new ByteArrayInputStream(new byte[1000]));
        writer.add(
                new TarEntry.RegularFile(EntryPath.of("b"), plain, 3),
                new ByteArrayInputStream(new byte[] {1, 2, 3}));
        writer.finish();
        try (TarReader reader = reader(out)) {
            assertEquals("a", reader.next().orElseThrow().path().toString());
            assertEquals(0, reader.content().read());
            assertEquals("b", reader.next().orElseThrow().path().toString());
            assertEquals(1, reader.content().read());
        }
    }

    static List<RandomEntries.Item> readAll(LayerSource source) throws IOException {
        List<RandomEntries.Item> items = new ArrayList<>();
        Optional<TarEntry> entry = source.next();
        while (entry.isPresent()) {
            items.add(
                    new RandomEntries.Item(
                            entry.get(), ByteString.of(source.content().readAllBytes())));
            entry = source.next();
        }
        return items;
    }

    private static TarReader reader(ByteArrayOutputStream tar) {
        return new TarReader(new ByteArrayInputStream(tar.toByteArray()));
    }
}
