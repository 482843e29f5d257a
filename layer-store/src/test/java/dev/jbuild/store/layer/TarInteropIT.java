package dev.jbuild.store.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.Programs;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Against GNU tar, gzip and zstd.
class TarInteropIT {
    private static final Instant TIME = Instant.parse("2024-05-06T07:08:09.123456789Z");

    @TempDir Path directory;

    @BeforeEach
    void programs() {
        Programs.assumeInstalled("tar", "gzip", "zstd");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void gnu_tar_lists_the_names_that_were_written(long seed) throws Exception {
        List<RandomEntries.Item> items = RandomEntries.of(new Random(seed), 300);
        List<String> expected = new ArrayList<>();
        for (RandomEntries.Item item : items) {
            boolean isDirectory = item.entry() instanceof TarEntry.Directory;
            expected.add(escape(item.entry().path().bytes()) + (isDirectory ? "/" : ""));
        }
        String listed =
                Programs.run("tar", "--quoting-style=escape", "-tf", write(items).toString());
        assertEquals(String.join("\n", expected) + "\n", listed);
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23})
    void gnu_tar_extracts_the_tree_that_was_written(long seed) throws Exception {
        Programs.assumeRoot();
        List<RandomEntries.Item> items =
                RandomEntries.of(new Random(seed), 300).stream()
                        .filter(item -> item.entry().path().latin1().matches("[ -~]*"))
                        .filter(item -> !(item.entry() instanceof TarEntry.Symlink))
                        .toList();
        Path tree = Files.createDirectory(directory.resolve("tree"));
        Programs.run(
                "tar",
                "--xattrs",
                "--xattrs-include=*",
                "--numeric-owner",
                "-p",
                "--delay-directory-restore",
                "-C",
                tree.toString(),
                "-xf",
                write(withParents(items)).toString());
        for (RandomEntries.Item item : items) {
            assertSame(item, tree.resolve(item.entry().path().toString()));
        }
    }

    @Test
    void gnu_tar_restores_binary_attributes_and_link_targets() throws Exception {
        byte[] value = {1, 0, 0, 2, (byte) 0xc8, 0, 0, '\n', '=', -1};
        Metadata metadata =
                new Metadata(
                        0640,
                        0,
                        0,
                        TIME,
                        new java.util.TreeMap<>(Map.of("user.a=b", ByteString.of(value))));
        List<RandomEntries.Item> items =
                List.of(
                        new RandomEntries.Item(
                                new TarEntry.RegularFile(EntryPath.of("f"), metadata, 0),
                                ByteString.of("")),
                        new RandomEntries.Item(
                                new TarEntry.Symlink(
                                        EntryPath.of("l"),
                                        new Metadata(0777, 0, 0, TIME),
                                        ByteString.of("x/".repeat(200) + "end")),
                                ByteString.of("")));
        Programs.run(
                "tar",
                "--xattrs",
                "--xattrs-include=*",
                "-C",
                directory.toString(),
                "-xf",
                write(items).toString());
        assertArrayEquals(value, xattr(directory.resolve("f"), "a=b"));
        assertEquals(
                "x/".repeat(200) + "end",
                Files.readSymbolicLink(directory.resolve("l")).toString());
    }

    @ParameterizedTest
    @CsvSource({
        "v7,60,false",
        "ustar,90,false",
        "oldgnu,150,false",
        "gnu,300,false",
        "pax,300,true"
    })
    void what_gnu_tar_writes_is_read(String format, int nameLength, boolean nanos)
            throws Exception {
        Path tree = Files.createDirectories(directory.resolve("tree/sub"));
        String longName = "n".repeat(nameLength / 3) + "/" + "m".repeat(nameLength / 3);
        Files.createDirectories(tree.resolve(longName).resolveSibling(""));
        Path file = Files.writeString(tree.resolve(longName), "content");
        Files.setLastModifiedTime(file, FileTime.from(TIME));
        Files.createSymbolicLink(tree.resolve("link"), Path.of("../target"));
        Files.createLink(tree.resolve("zhard"), file);
        Path tar = directory.resolve("gnu.tar");
        Programs.run(
                "tar",
                "--format=" + format,
                "--sort=name",
                "-C",
                directory.resolve("tree").toString(),
                "-cf",
                tar.toString(),
                ".");
        Map<String, TarEntry> entries = read(tar);
        TarEntry.RegularFile read = (TarEntry.RegularFile) entries.get("sub/" + longName);
        assertEquals(7, java.util.Objects.requireNonNull(read).size());
        assertEquals(
                nanos ? TIME : Instant.ofEpochSecond(TIME.getEpochSecond()),
                read.metadata().mtime());
        TarEntry.Symlink link = (TarEntry.Symlink) entries.get("sub/link");
        assertEquals("../target", java.util.Objects.requireNonNull(link).target().toString());
        TarEntry.HardLink hard = (TarEntry.HardLink) entries.get("sub/zhard");
        assertEquals("sub/" + longName, java.util.Objects.requireNonNull(hard).target().toString());
        assertTrue(entries.containsKey(""));
    }

    @ParameterizedTest
    @CsvSource({"GZIP,gzip", "ZSTD,zstd"})
    void compressed_layer_passes_the_compressors_own_test(Compression compression, String program)
            throws Exception {
        byte[] content = new byte[5_000_000];
        new Random(1).nextBytes(content);
        java.util.Arrays.fill(content, 1_000_000, 4_000_000, (byte) 'x');
        try (DirectoryBlobStore blobs = new DirectoryBlobStore(directory.resolve("store"));
                LayerWriter writer = LayerWriter.open(blobs, LayerOptions.of(compression))) {
            writer.add(
                    new TarEntry.RegularFile(
                            EntryPath.of("f"), new Metadata(0644, 0, 0, TIME), content.length),
                    new ByteArrayInputStream(content));
            Layer layer = writer.commit();
            Path copy = directory.resolve("layer." + program.replace("gzip", "gz"));
            Files.copy(blobs.path(layer.descriptor().digest()), copy);
            Programs.run(program, "-t", copy.toString());
            assertEquals(
                    "f\n",
                    Programs.run(
                            "tar", "--use-compress-program=" + program, "-tf", copy.toString()));
        }
    }

    private Path write(List<RandomEntries.Item> items) throws IOException {
        Path tar = directory.resolve("our.tar");
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(tar))) {
            TarWriter writer = new TarWriter(out);
            for (RandomEntries.Item item : items) {
                item.addTo(writer);
            }
            writer.finish();
        }
        return tar;
    }

    /// Those whose name was filtered out may have been the parents of others; tar makes them.
    private static List<RandomEntries.Item> withParents(List<RandomEntries.Item> items) {
        List<EntryPath> paths = items.stream().map(item -> item.entry().path()).toList();
        return items.stream()
                .filter(
                        item ->
                                !(item.entry() instanceof TarEntry.HardLink link)
                                        || paths.contains(link.target()))
                .toList();
    }

    private static void assertSame(RandomEntries.Item item, Path file) throws IOException {
        if (item.entry() instanceof TarEntry.HardLink) {
            return; // has the metadata of its target
        }
        Map<String, Object> actual =
                Files.readAttributes(
                        file, "unix:mode,uid,gid,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
        Metadata expected = item.entry().metadata();
        assertEquals(
                expected.mode(),
                ((Integer) actual.getOrDefault("mode", 0)) & 07777,
                file::toString);
        assertEquals((int) expected.uid(), actual.get("uid"), file::toString);
        assertEquals((int) expected.gid(), actual.get("gid"), file::toString);
        if (isOnExt4(expected.mtime())) {
            assertEquals(
                    FileTime.from(expected.mtime()),
                    actual.get("lastModifiedTime"),
                    file::toString);
        }
        if (item.entry() instanceof TarEntry.RegularFile) {
            assertArrayEquals(item.content().bytes(), Files.readAllBytes(file));
            for (Map.Entry<String, ByteString> xattr : expected.xattrs().entrySet()) {
                assertArrayEquals(
                        xattr.getValue().bytes(),
                        xattr(file, xattr.getKey().substring("user.".length())));
            }
        }
    }

    /// Whether ext4 can hold a time: 34 bits from 1901 on.
    private static boolean isOnExt4(Instant time) {
        return time.getEpochSecond() >= Integer.MIN_VALUE
                && time.getEpochSecond() < (1L << 34) + Integer.MIN_VALUE;
    }

    private static byte[] xattr(Path file, String name) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(file, UserDefinedFileAttributeView.class);
        ByteBuffer value = ByteBuffer.allocate(view.size(name));
        view.read(name, value);
        return value.array();
    }

    private static Map<String, TarEntry> read(Path tar) throws IOException {
        Map<String, TarEntry> entries = new HashMap<>();
        try (TarReader reader = new TarReader(Files.newInputStream(tar))) {
            for (Optional<TarEntry> entry = reader.next();
                    entry.isPresent();
                    entry = reader.next()) {
                entries.put(entry.get().path().toString(), entry.get());
            }
        }
        return entries;
    }

    /// As GNU tar's quoting style `escape` in the C locale.
    private static String escape(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (byte b : name) {
            int c = b & 0xff;
            int simple = "\u0007\b\t\n\u000b\f\r".indexOf(c);
            if (c == '\\') {
                text.append("\\\\");
            } else if (simple >= 0) {
                text.append('\\').append("abtnvfr".charAt(simple));
            } else if (c < ' ' || c > '~') {
                text.append('\\').append(Integer.toOctalString(01000 + c).substring(1));
            } else {
                text.append((char) c);
            }
        }
        return text.toString();
    }
}
