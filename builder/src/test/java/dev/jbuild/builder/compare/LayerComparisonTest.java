package dev.jbuild.builder.compare;

import static dev.jbuild.builder.compare.Images.PLAIN;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.builder.compare.FileDifference.Attribute;
import dev.jbuild.builder.compare.FileDifference.Bytes;
import dev.jbuild.builder.compare.FileDifference.OnlyIn;
import dev.jbuild.builder.compare.Images.Tar;
import dev.jbuild.oci.DiffId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.InvalidLayerException;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layout.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerComparisonTest {
    private Store store;
    private Images images;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        store = Store.open(directory.resolve("store"));
        images = new Images(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void a_byte_in_the_middle_of_a_large_file_is_found() throws Exception {
        byte[] first = new byte[300_000];
        Arrays.fill(first, (byte) 'a');
        byte[] second = first.clone();
        second[200_000] = 'b';
        second[200_003] = 'c';
        LayerComparison.Files found =
                compare(
                        new Tar().file("f", PLAIN, first).finish(),
                        new Tar().file("f", PLAIN, second).finish());
        assertEquals(
                List.of(
                        difference(
                                "f",
                                new Bytes(
                                        new ByteDifference(
                                                200_000,
                                                200_004,
                                                2,
                                                300_000,
                                                300_000,
                                                ByteString.of("aaaaaaaaaaaaaaaa"),
                                                ByteString.of("baacaaaaaaaaaaaa"))))),
                found.first());
    }

    @Test
    void a_longer_file_differs_from_the_end_of_the_shorter_one() throws Exception {
        LayerComparison.Files found =
                compare(
                        new Tar().file("f", "same").finish(),
                        new Tar().file("f", "same and more").finish());
        assertEquals(
                List.of(
                        difference(
                                "f",
                                new Attribute("size", "4", "13"),
                                new Bytes(
                                        new ByteDifference(
                                                4,
                                                13,
                                                9,
                                                4,
                                                13,
                                                ByteString.of(""),
                                                ByteString.of(" and more"))))),
                found.first());
    }

    @Test
    void every_attribute_that_differs_is_named() throws Exception {
        Metadata other =
                new Metadata(
                        0755,
                        1,
                        2,
                        Instant.ofEpochSecond(2),
                        new TreeMap<>(Map.of("user.note", ByteString.of("x"))));
        LayerComparison.Files found =
                compare(
                        new Tar().file("f", PLAIN, new byte[0]).finish(),
                        new Tar().file("f", other, new byte[0]).finish());
        assertEquals(
                List.of(
                        difference(
                                "f",
                                new Attribute("mode", "0644", "0755"),
                                new Attribute("owner", "0:0", "1:2"),
                                new Attribute(
                                        "mtime", "1970-01-01T00:00:01Z", "1970-01-01T00:00:02Z"),
                                new Attribute("xattr user.note", "none", "0x78"))),
                found.first());
    }

    @Test
    void types_targets_and_missing_files_are_told() throws Exception {
        EntryPath a = EntryPath.of("a");
        EntryPath b = EntryPath.of("b");
        EntryPath c = EntryPath.of("c");
        LayerComparison.Files found =
                compare(
                        new Tar()
                                .add(new TarEntry.Directory(a, PLAIN))
                                .add(new TarEntry.Symlink(b, PLAIN, ByteString.of("x")))
                                .add(new TarEntry.Device(c, PLAIN, true, 1, 3))
                                .file("d", "")
                                .finish(),
                        new Tar()
                                .add(new TarEntry.Fifo(a, PLAIN))
                                .add(new TarEntry.Symlink(b, PLAIN, ByteString.of("y")))
                                .add(new TarEntry.Device(c, PLAIN, true, 1, 5))
                                .file(".wh.d", "")
                                .finish());
        assertEquals(
                List.of(
                        difference(".wh.d", new OnlyIn(false, "whiteout")),
                        difference("a", new Attribute("type", "directory", "fifo")),
                        difference("b", new Attribute("link target", "x", "y")),
                        difference("c", new Attribute("device", "1:3", "1:5")),
                        difference("d", new OnlyIn(true, "file"))),
                found.first());
    }

    @Test
    void link_targets_that_are_no_text_are_told_apart() throws Exception {
        EntryPath path = EntryPath.of("link");
        LayerComparison.Files found =
                compare(
                        new Tar()
                                .add(new TarEntry.Symlink(path, PLAIN, new ByteString("\u00fe")))
                                .finish(),
                        new Tar()
                                .add(new TarEntry.Symlink(path, PLAIN, new ByteString("\u00ff")))
                                .finish());
        assertEquals(
                List.of(difference("link", new Attribute("link target", "\\xfe", "\\xff"))),
                found.first());
    }

    @Test
    void the_order_of_entries_does_not_matter_to_files() throws Exception {
        LayerComparison.Files found =
                compare(
                        new Tar().file("a", "1").file("b", "2").file("c", "3").finish(),
                        new Tar().file("c", "x").file("b", "2").file("a", "y").finish());
        assertEquals(
                List.of(
                        difference("a", new Bytes(oneByte("1", "y"))),
                        difference("c", new Bytes(oneByte("3", "x")))),
                found.first());
    }

    @Test
    void of_an_entry_that_is_there_twice_the_last_one_counts() throws Exception {
        LayerComparison.Files found =
                compare(
                        new Tar().file("a", "old").file("a", "new").finish(),
                        new Tar().file("a", "new").finish());
        assertEquals(new LayerComparison.Files(List.of(), 0), found);
    }

    @Test
    void files_beyond_the_limit_are_counted() throws Exception {
        LayerComparison.Files found =
                new LayerComparison(2)
                        .compare(
                                images.blob(
                                        new Tar()
                                                .file("c", "")
                                                .file("b", "")
                                                .file("a", "")
                                                .finish()),
                                images.blob(new Tar().finish()));
        assertEquals(3, found.differing());
        assertEquals(
                List.of(
                        difference("a", new OnlyIn(true, "file")),
                        difference("b", new OnlyIn(true, "file"))),
                found.first());
    }

    @Test
    void layers_of_more_entries_than_are_held_are_read_in_parts() throws Exception {
        Tar first = new Tar();
        Tar second = new Tar();
        for (int i = 0; i < 100; i++) {
            first.file("f" + i, "1");
            second.file("f" + i, i % 10 == 0 ? "2" : "1");
        }
        LayerBlob a = images.blob(first.finish());
        LayerBlob b = images.blob(second.finish());
        LayerComparison.Files inParts = new LayerComparison(5, 30).compare(a, b);
        assertEquals(new LayerComparison(5).compare(a, b), inParts);
        assertEquals(10, inParts.differing());
        assertEquals(EntryPath.of("f0"), inParts.first().getFirst().path());
    }

    @Test
    void a_layer_that_is_not_what_its_diffid_says_is_refused() throws Exception {
        LayerBlob good = images.blob(new Tar().file("a", "1").finish());
        LayerBlob bad =
                new LayerBlob(
                        good.blobs(),
                        good.descriptor(),
                        new DiffId(Digest.sha256("other".getBytes(UTF_8))));
        assertThrows(InvalidLayerException.class, () -> new LayerComparison(5).compare(good, bad));
    }

    private LayerComparison.Files compare(byte[] first, byte[] second) throws IOException {
        return new LayerComparison(20).compare(images.blob(first), images.blob(second));
    }

    private static FileDifference difference(String path, FileDifference.Change... changes) {
        return new FileDifference(EntryPath.of(path), List.of(changes));
    }

    private static ByteDifference oneByte(String first, String second) {
        return new ByteDifference(0, 1, 1, 1, 1, ByteString.of(first), ByteString.of(second));
    }
}
