package dev.jbuild.store.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.NamedImage;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// image-spec 1.1, image-layout.md, as a directory that images are saved to.
class LayoutDirectoryTest {
    private static final ImageReference APP = ImageReference.parse("app:v1");
    private static final ImageReference SITE = ImageReference.parse("site:v2");

    @TempDir Path directory;
    private Store source;
    private Store target;
    private Path layout;

    @BeforeEach
    void open() throws IOException {
        source = Store.open(directory.resolve("source"));
        target = Store.open(directory.resolve("target"));
        layout = directory.resolve("some/layout");
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        target.close();
    }

    @Test
    void directory_is_made_and_keeps_digests_and_names() throws IOException {
        NamedImage app = TestImages.create(source, "app:v1", "app");
        NamedImage site = TestImages.create(source, "site:v2", "site");
        save(APP, SITE);
        assertEquals(List.of(app, site), new ImageArchive(target).load(layout));
        assertEquals(List.of("blobs", "index.json", "oci-layout"), names(layout));
        assertEquals(6, names(layout.resolve("blobs/sha256")).size());
    }

    @Test
    void saved_twice_nothing_changes() throws IOException {
        TestImages.create(source, "app:v1", "app");
        save(APP);
        byte[] index = Files.readAllBytes(layout.resolve("index.json"));
        save(APP);
        assertArrayEquals(index, Files.readAllBytes(layout.resolve("index.json")));
    }

    @Test
    void images_that_are_there_stay_and_those_of_the_same_name_are_replaced() throws IOException {
        TestImages.create(source, "app:v1", "old");
        NamedImage site = TestImages.create(source, "site:v2", "site");
        save(APP, SITE);
        NamedImage app = TestImages.create(source, "app:v1", "new");
        save(APP);
        assertEquals(List.of(site, app), new ImageArchive(target).load(layout));
    }

    @Test
    void entry_of_a_tool_that_writes_the_tag_alone_is_replaced_by_its_tag() throws IOException {
        NamedImage old = TestImages.create(source, "other:v1", "old");
        save(old.name());
        Path index = layout.resolve("index.json");
        Files.writeString(
                index,
                Files.readString(index)
                        .replace(
                                "\"io.containerd.image.name\":\"docker.io/library/other:v1\",",
                                ""));
        NamedImage app = TestImages.create(source, "app:v1", "app");
        save(APP);
        assertEquals(List.of(app), new ImageArchive(target).load(layout));
    }

    @Test
    void directory_with_something_else_is_left_alone() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Files.createDirectories(layout);
        Files.writeString(layout.resolve("mine"), "mine");
        IOException e = assertThrows(FileAlreadyExistsException.class, () -> save(APP));
        assertTrue(e.toString().contains("holds something else (it has no file 'oci-layout')"));
        assertEquals(List.of("mine"), names(layout));
    }

    @Test
    void store_of_ours_is_not_written_to_from_outside() throws IOException {
        TestImages.create(source, "app:v1", "app");
        layout = target.root();
        IOException e = assertThrows(FileAlreadyExistsException.class, () -> save(APP));
        assertTrue(e.toString().contains("a store of jbuild"));
        assertEquals(List.of(), target.images().list());
    }

    @Test
    void file_in_its_place_is_told() throws IOException {
        TestImages.create(source, "app:v1", "app");
        layout = Files.writeString(directory.resolve("file"), "x");
        assertThrows(FileAlreadyExistsException.class, () -> save(APP));
        assertEquals("x", Files.readString(layout));
    }

    @Test
    void nothing_is_made_for_a_name_that_does_not_exist() {
        assertThrows(NoSuchFileException.class, () -> save(APP));
        assertFalse(Files.exists(layout));
    }

    @Test
    void damaged_blob_is_not_saved_and_the_index_stays() throws IOException {
        NamedImage app = TestImages.create(source, "app:v1", "app");
        save(APP);
        String index = Files.readString(layout.resolve("index.json"));
        TestImages.create(source, "site:v2", "site");
        Path layer =
                source.blobs()
                        .path(
                                source.images()
                                        .resolve(SITE, Platform.host())
                                        .orElseThrow()
                                        .manifest()
                                        .value()
                                        .layers()
                                        .getFirst()
                                        .digest());
        byte[] bytes = Files.readAllBytes(layer);
        bytes[bytes.length / 2] ^= 1;
        Files.write(layer, bytes);
        assertThrows(DigestMismatchException.class, () -> save(SITE));
        assertEquals(index, Files.readString(layout.resolve("index.json")));
        assertEquals(List.of(app), new ImageArchive(target).load(layout));
    }

    @Test
    void what_a_killed_writer_left_is_removed() throws IOException {
        TestImages.create(source, "app:v1", "app");
        String partial = ".01234567-89ab-cdef-0123-456789abcdef.partial";
        Files.createDirectories(layout.resolve("blobs/sha256"));
        Files.delete(layout.resolve("blobs/sha256"));
        Files.delete(layout.resolve("blobs"));
        Files.writeString(layout.resolve("oci-layout" + partial), "{");
        save(APP);
        Files.writeString(layout.resolve("blobs/sha256/" + "0".repeat(64) + partial), "half");
        save(APP);
        assertEquals(List.of("blobs", "index.json", "oci-layout"), names(layout));
        assertEquals(3, names(layout.resolve("blobs/sha256")).size());
    }

    private void save(ImageReference... names) throws IOException {
        new ImageArchive(source).saveDirectory(List.of(names), layout);
    }

    private static List<String> names(Path of) throws IOException {
        try (Stream<Path> files = Files.list(of)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
