package dev.jbuild.store.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.InvalidLayerException;
import dev.jbuild.store.layer.InvalidTarException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

class RootfsImportTest {
    private static final ImageReference NAME = ImageReference.parse("debian:bookworm");

    @TempDir Path directory;
    private Store store;

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"));
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void image_has_one_layer_and_is_as_old_as_its_newest_file() throws IOException {
        NamedImage image = TestImages.create(store, "debian:bookworm", "hello");
        StoredImage stored = store.images().resolve(NAME, Platform.host()).orElseThrow();
        assertEquals(image.descriptor(), stored.manifest().descriptor());
        assertEquals(1, stored.manifest().value().layers().size());
        assertEquals(1, stored.config().diffIds().size());
        assertEquals(Optional.of(Instant.parse("2024-05-06T07:08:09Z")), stored.config().created());
        assertEquals(1, stored.config().history().size());
        new ImageValidator(store.blobs())
                .requireValid(image.descriptor(), ImageValidator.Depth.CONTENT);
    }

    @Test
    void same_content_however_compressed_gives_the_same_image() throws IOException {
        byte[] tar = TestImages.tar(Map.of("etc/motd", "hello"));
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(gzip)) {
            out.write(tar);
        }
        ByteArrayOutputStream xz = new ByteArrayOutputStream();
        try (OutputStream out = new XZOutputStream(xz, new LZMA2Options())) {
            out.write(tar);
        }
        List<NamedImage> images = List.of(run(tar), run(gzip.toByteArray()), run(xz.toByteArray()));
        assertEquals(1, images.stream().distinct().count());
    }

    @Test
    void layer_is_recorded_by_diff_id() throws IOException {
        TestImages.create(store, "debian:bookworm", "hello");
        StoredImage stored = store.images().resolve(NAME, Platform.host()).orElseThrow();
        assertEquals(
                stored.manifest().value().layers().getFirst(),
                store.layers().find(stored.config().diffIds().getFirst()).getFirst().descriptor());
    }

    @Test
    void text_is_not_a_root_file_system() throws IOException {
        Path file = Files.writeString(directory.resolve("letter.txt"), "dear sir\n".repeat(200));
        InvalidTarException e =
                assertThrows(
                        InvalidTarException.class, () -> RootfsImport.into(store).run(file, NAME));
        assertTrue(e.toString().contains(file + ": invalid tar: "));
        assertTrue(e.toString().contains("damaged, or not a tar"));
        assertEquals(List.of(), store.images().list());
    }

    @Test
    void tar_cut_off_behind_an_entry_is_refused() throws IOException {
        byte[] tar = TestImages.tar(Map.of("etc/motd", "hello"));
        assertThrows(InvalidTarException.class, () -> run(Arrays.copyOf(tar, tar.length - 1024)));
        assertEquals(List.of(), store.images().list());
    }

    @Test
    void empty_file_is_refused() {
        assertThrows(InvalidTarException.class, () -> run(new byte[0]));
    }

    @Test
    void file_that_would_delete_another_is_refused() throws IOException {
        byte[] tar = TestImages.tar(Map.of("etc/.wh.motd", ""));
        assertThrows(InvalidLayerException.class, () -> run(tar));
    }

    private NamedImage run(byte[] tar) throws IOException {
        return RootfsImport.into(store).run(new ByteArrayInputStream(tar), "rootfs.tar", NAME);
    }
}
