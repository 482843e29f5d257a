package dev.jbuild.builder.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.KnownTree;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeCacheTest {
    private static final ChainId ID = id("one");

    private Store store;
    private TreeCache trees;

    @BeforeEach
    void open(@TempDir Path directory) throws IOException {
        store = Store.open(directory.resolve("store"));
        trees = new TreeCache(store);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void tree_is_found_again_as_it_was() throws IOException {
        KnownTree tree = tree();
        trees.put(ID, tree);
        assertArrayEquals(bytes(tree), bytes(trees.find(ID).orElseThrow()));
        assertTrue(trees.find(id("other")).isEmpty());
        assertEquals(List.of(), trees.check());
    }

    @Test
    void torn_file_is_none_and_is_replaced() throws IOException {
        trees.put(ID, tree());
        byte[] whole = Files.readAllBytes(file());
        for (int length = 0; length < whole.length; length++) {
            Files.write(file(), Arrays.copyOf(whole, length));
            assertTrue(trees.find(ID).isEmpty(), "of " + length + " bytes");
        }
        assertEquals(List.of("its content is damaged"), check());
        trees.put(ID, tree());
        assertTrue(trees.find(ID).isPresent());
    }

    @Test
    void file_with_a_flipped_bit_is_none() throws IOException {
        trees.put(ID, tree());
        byte[] whole = Files.readAllBytes(file());
        for (int at = 0; at < whole.length; at++) {
            byte[] flipped = whole.clone();
            flipped[at] ^= 4;
            Files.write(file(), flipped);
            assertTrue(trees.find(ID).isEmpty(), "at " + at);
        }
    }

    @Test
    void tree_under_the_name_of_another_is_none() throws IOException {
        trees.put(ID, tree());
        ChainId other = id("other");
        Files.copy(file(), file().resolveSibling(other.toString().replace(':', '-')));
        assertTrue(trees.find(other).isEmpty());
    }

    @Test
    void what_has_no_name_of_a_tree_is_damage_that_goes() throws IOException {
        trees.put(ID, tree());
        Files.writeString(file().resolveSibling("stray"), "");
        assertEquals(List.of("is not the name of a tree of files"), check());
        assertEquals(1, trees.entries().size());
    }

    @Test
    void tree_used_since_stays() throws IOException {
        trees.put(ID, tree());
        Instant longAgo = Instant.parse("2020-01-01T00:00:00Z");
        Files.setLastModifiedTime(file(), FileTime.from(longAgo));
        assertEquals(longAgo, trees.entries().getFirst().lastUsed());
        trees.find(ID);
        assertFalse(trees.remove(ID, longAgo));
        assertTrue(trees.remove(ID, Instant.now().plusSeconds(1)));
        assertFalse(trees.remove(ID, Instant.now().plusSeconds(1)));
        assertTrue(trees.find(ID).isEmpty());
    }

    private List<String> check() throws IOException {
        return trees.check().stream().map(StepCache.Damage::what).toList();
    }

    private Path file() {
        return store.cacheDirectory().resolve("trees").resolve(ID.toString().replace(':', '-'));
    }

    private static byte[] bytes(KnownTree tree) throws IOException {
        var bytes = new ByteArrayOutputStream();
        tree.write(new DataOutputStream(bytes));
        return bytes.toByteArray();
    }

    private static KnownTree tree() throws IOException {
        TreeMap<String, ByteString> xattrs = new TreeMap<>();
        xattrs.put("user.x", ByteString.of("\0y"));
        Instant old = Instant.parse("1969-12-31T23:59:58.25Z");
        Metadata plain = new Metadata(0644, 0, 4_000_000_000L, old);
        KnownTree.Reader reader = new KnownTree.Reader(KnownTree.EMPTY);
        reader.add(
                new Entries(
                        List.<TarEntry>of(
                                        new TarEntry.Directory(
                                                EntryPath.of("etc"),
                                                new Metadata(0755, 7, 8, Instant.EPOCH, xattrs)),
                                        new TarEntry.RegularFile(
                                                EntryPath.of("etc/passwd"), plain, 4),
                                        new TarEntry.HardLink(
                                                EntryPath.of("etc/p\u00e4sswd"),
                                                plain,
                                                EntryPath.of("etc/passwd")),
                                        new TarEntry.Symlink(
                                                EntryPath.of("link"), plain, ByteString.of("etc")),
                                        new TarEntry.Fifo(EntryPath.of("a/b/fifo"), plain),
                                        new TarEntry.Device(
                                                EntryPath.of("null"), plain, true, 1, 3))
                                .iterator()));
        return reader.tree();
    }

    /// A layer whose files all have the content "root".
    private record Entries(Iterator<TarEntry> entries) implements LayerSource {
        @Override
        public Optional<TarEntry> next() {
            return entries.hasNext() ? Optional.of(entries.next()) : Optional.empty();
        }

        @Override
        public InputStream content() {
            return new ByteArrayInputStream("root".getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void close() {}
    }

    private static ChainId id(String text) {
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
