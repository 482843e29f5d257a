package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.LayerOptions;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// image-spec 1.1, image-layout.md, and docker's `save`.
class ImageArchiveTest {
    private static final ImageReference APP = ImageReference.parse("app:v1");
    private static final ImageReference SITE = ImageReference.parse("site:v1");

    @TempDir Path directory;
    private Store source;
    private Store target;

    @BeforeEach
    void open() throws IOException {
        source = Store.open(directory.resolve("source"));
        target = Store.open(directory.resolve("target"));
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        target.close();
    }

    @Test
    void oci_archive_keeps_digests_and_names() throws IOException {
        NamedImage app = TestImages.create(source, "app:v1", "app");
        NamedImage site = TestImages.create(source, "site:v1", "site");
        Path file = save(ImageArchive.Format.OCI, APP, SITE);
        assertEquals(List.of(app, site), new ImageArchive(target).load(file));
        assertEquals(List.of(app, site), target.images().list());
        requireValid(app);
        requireValid(site);
    }

    @Test
    void docker_archive_keeps_digests_and_names() throws IOException {
        NamedImage app = TestImages.create(source, "app:v1", "app");
        NamedImage site = TestImages.create(source, "site:v1", "site");
        Path file = save(ImageArchive.Format.DOCKER, APP, SITE);
        assertEquals(List.of(app, site), new ImageArchive(target).load(file));
        requireValid(app);
    }

    @Test
    void docker_archive_has_the_paths_of_blobs_in_its_manifest_json() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Descriptor config = resolve(source, APP).manifest().value().config();
        assertEquals(
                "[{\"Config\":\"blobs/sha256/"
                        + config.digest().hex()
                        + "\",\"RepoTags\":[\"app:v1\"],\"Layers\":[\""
                        + layerName()
                        + "\"]}]",
                files(save(ImageArchive.Format.DOCKER, APP)).get("manifest.json"));
    }

    @ParameterizedTest
    @EnumSource(ImageArchive.Format.class)
    void archive_may_be_compressed(ImageArchive.Format format) throws IOException {
        TestImages.create(source, "app:v1", "app");
        Path file = save(format, APP);
        Path compressed = directory.resolve("a.tar.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(compressed))) {
            Files.copy(file, out);
        }
        assertEquals(APP, new ImageArchive(target).load(compressed).getFirst().name());
    }

    @ParameterizedTest
    @EnumSource(ImageArchive.Format.class)
    void saved_twice_the_bytes_are_the_same(ImageArchive.Format format) throws IOException {
        TestImages.create(source, "app:v1", "app");
        byte[] first = Files.readAllBytes(save(format, APP));
        assertArrayEquals(first, Files.readAllBytes(save(format, APP)));
    }

    @Test
    void store_directory_itself_can_be_loaded() throws IOException {
        NamedImage app = TestImages.create(source, "app:v1", "app");
        assertEquals(List.of(app), new ImageArchive(target).load(source.root()));
        requireValid(app);
    }

    @Test
    void docker_archive_of_an_index_has_the_image_of_the_platform() throws IOException {
        Descriptor amd =
                TestImages.create(source, "amd:1", "x")
                        .descriptor()
                        .withPlatform(Platform.of("linux", "amd64"));
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(amd)));
        source.blobs().write(index.bytes());
        source.images().put(APP, index.descriptor());
        Path file = directory.resolve("a.tar");
        new ImageArchive(source, Platform.of("linux", "amd64"))
                .save(List.of(APP), ImageArchive.Format.DOCKER, file);
        assertEquals(APP, new ImageArchive(target).load(file).getFirst().name());
    }

    @Test
    void name_that_does_not_exist_is_told() throws IOException {
        NoSuchFileException e =
                assertThrows(NoSuchFileException.class, () -> save(ImageArchive.Format.OCI, APP));
        assertTrue(e.toString().contains("app:v1: no image of that name"));
        assertFalse(Files.exists(directory.resolve("a.tar")));
        assertEquals(List.of("source", "target"), inDirectory());
    }

    @Test
    void old_file_stays_until_the_new_one_is_complete() throws IOException {
        Path old = Files.writeString(directory.resolve("a.tar"), "old");
        assertThrows(NoSuchFileException.class, () -> save(ImageArchive.Format.OCI, APP));
        assertEquals("old", Files.readString(old));
        TestImages.create(source, "app:v1", "app");
        save(ImageArchive.Format.OCI, APP);
        assertEquals(List.of("a.tar", "source", "target"), inDirectory());
        assertTrue(Files.size(old) > 2000);
    }

    @Test
    void what_a_killed_save_left_is_removed_by_the_next_to_the_same_file() throws IOException {
        String uuid = "01234567-89ab-cdef-0123-456789abcdef";
        Files.writeString(directory.resolve("a.tar." + uuid + ".partial"), "half");
        Files.writeString(directory.resolve("b.tar." + uuid + ".partial"), "another's");
        Files.writeString(directory.resolve("a.tar.my.partial"), "the user's own");
        TestImages.create(source, "app:v1", "app");
        save(ImageArchive.Format.OCI, APP);
        assertEquals(
                List.of(
                        "a.tar",
                        "a.tar.my.partial",
                        "b.tar." + uuid + ".partial",
                        "source",
                        "target"),
                inDirectory());
    }

    @Test
    void directory_is_not_saved_to() throws IOException {
        Files.createDirectory(directory.resolve("a.tar"));
        IOException e = assertThrows(IOException.class, () -> save(ImageArchive.Format.OCI, APP));
        assertTrue(e.toString().contains("a.tar: a directory; name the file to write"));
    }

    @ParameterizedTest
    @EnumSource(Compression.class)
    void layout_keeps_its_digests_however_layers_are_compressed(Compression compression)
            throws IOException {
        NamedImage app =
                new RootfsImport(
                                source,
                                LayerOptions.of(compression),
                                Platform.host(),
                                ContainerConfig.EMPTY)
                        .run(
                                new ByteArrayInputStream(TestImages.tar(Map.of("f", "1"))),
                                "rootfs.tar",
                                APP);
        Path file = save(ImageArchive.Format.OCI, APP);
        assertEquals(List.of(app), new ImageArchive(target).load(file));
        requireValid(app);
    }

    @Test
    void damaged_layer_is_not_saved() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Path layer =
                source.blobs()
                        .path(resolve(source, APP).manifest().value().layers().getFirst().digest());
        byte[] bytes = Files.readAllBytes(layer);
        bytes[bytes.length / 2] ^= 1;
        Files.write(layer, bytes);
        assertThrows(DigestMismatchException.class, () -> save(ImageArchive.Format.OCI, APP));
        assertFalse(Files.exists(directory.resolve("a.tar")));
    }

    @Test
    void image_without_a_name_gets_the_one_that_is_given() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Map<String, String> files = files(save(ImageArchive.Format.OCI, APP));
        files.put(
                "index.json",
                new String(
                        OciJson.encode(
                                        ImageIndex.of(
                                                List.of(source.images().find(APP).orElseThrow())))
                                .bytes(),
                        ISO_8859_1));
        byte[] nameless = TestImages.tar(files);
        InvalidArchiveException e =
                assertThrows(InvalidArchiveException.class, () -> load(nameless));
        assertTrue(e.toString().contains("has no name in it; give one when loading"));
        List<NamedImage> loaded =
                new ImageArchive(target)
                        .load(new ByteArrayInputStream(nameless), "a.tar", Optional.of(SITE));
        assertEquals(SITE, loaded.getFirst().name());
    }

    @Test
    void blob_that_is_not_what_its_name_says_is_refused() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Map<String, String> files = files(save(ImageArchive.Format.OCI, APP));
        String layer = layerName();
        files.put(layer, files.getOrDefault(layer, "") + "x");
        InvalidArchiveException e =
                assertThrows(InvalidArchiveException.class, () -> load(TestImages.tar(files)));
        assertTrue(e.toString().contains("'" + layer + "': content of sha256:"));
        assertEquals(List.of(), target.images().list());
    }

    @Test
    void missing_blob_is_named() throws IOException {
        TestImages.create(source, "app:v1", "app");
        Map<String, String> files = files(save(ImageArchive.Format.OCI, APP));
        files.remove(layerName());
        InvalidArchiveException e =
                assertThrows(InvalidArchiveException.class, () -> load(TestImages.tar(files)));
        assertTrue(e.toString().contains("is missing in it"));
        assertEquals(List.of(), target.images().list());
    }

    @Test
    void one_incomplete_image_keeps_all_from_being_named() throws IOException {
        TestImages.create(source, "app:v1", "app");
        TestImages.create(source, "site:v1", "site");
        Map<String, String> files = files(save(ImageArchive.Format.OCI, APP, SITE));
        files.remove(layerName());
        assertThrows(InvalidArchiveException.class, () -> load(TestImages.tar(files)));
        assertEquals(List.of(), target.images().list());
    }

    @Test
    void archive_cut_off_is_refused() throws IOException {
        TestImages.create(source, "app:v1", "app");
        byte[] archive = Files.readAllBytes(save(ImageArchive.Format.OCI, APP));
        for (int length : new int[] {archive.length - 1024, archive.length - 1500, 700}) {
            assertThrows(
                    InvalidArchiveException.class,
                    () -> load(java.util.Arrays.copyOf(archive, length)));
        }
        assertEquals(List.of(), target.images().list());
    }

    @Test
    void blob_directory_with_a_name_that_is_no_digest_is_refused() throws IOException {
        byte[] hostile = TestImages.tar(Map.of("blobs/sha256/passwd", "x"));
        InvalidArchiveException e =
                assertThrows(InvalidArchiveException.class, () -> load(hostile));
        assertTrue(e.toString().contains("invalid digest 'sha256:passwd'"));
    }

    @Test
    void archive_of_neither_kind_is_refused_with_a_hint() throws IOException {
        InvalidArchiveException e =
                assertThrows(
                        InvalidArchiveException.class,
                        () -> load(TestImages.tar(Map.of("etc/passwd", "root"))));
        assertTrue(e.toString().contains("a.tar: not an image archive"));
        assertTrue(e.toString().contains("jbuild import"));
    }

    @Test
    void nothing_is_left_in_the_temporary_space() throws IOException {
        TestImages.create(source, "app:v1", "app");
        new ImageArchive(target).load(save(ImageArchive.Format.DOCKER, APP));
        try (Stream<Path> files = Files.list(target.temp().directory())) {
            assertEquals(
                    List.of("lease"), files.map(file -> file.getFileName().toString()).toList());
        }
    }

    private List<String> inDirectory() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Path save(ImageArchive.Format format, ImageReference... names) throws IOException {
        Path file = directory.resolve("a.tar");
        new ImageArchive(source).save(List.of(names), format, file);
        return file;
    }

    private void load(byte[] archive) throws IOException {
        new ImageArchive(target).load(new ByteArrayInputStream(archive), "a.tar", Optional.empty());
    }

    private String layerName() throws IOException {
        return "blobs/sha256/"
                + resolve(source, APP).manifest().value().layers().getFirst().digest().hex();
    }

    private void requireValid(NamedImage image) throws IOException {
        new ImageValidator(target.blobs())
                .requireValid(image.descriptor(), ImageValidator.Depth.CONTENT);
    }

    private static StoredImage resolve(Store store, ImageReference name) throws IOException {
        return store.images().resolve(name, Platform.host()).orElseThrow();
    }

    /// The files of an archive, content as ISO 8859-1.
    private static Map<String, String> files(Path archive) throws IOException {
        Map<String, String> files = new LinkedHashMap<>();
        try (TarReader tar = new TarReader(Files.newInputStream(archive))) {
            for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
                if (entry.get() instanceof TarEntry.RegularFile file) {
                    files.put(
                            file.path().toString(),
                            new String(tar.content().readAllBytes(), ISO_8859_1));
                }
            }
        }
        return files;
    }
}
