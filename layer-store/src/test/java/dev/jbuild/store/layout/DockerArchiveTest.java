package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
import org.junit.jupiter.params.provider.ValueSource;

/// Docker archives of all ages and makers, written out by hand.
class DockerArchiveTest {
    private static final ImageReference APP = ImageReference.parse("app:v1");

    /// What Jib gives every file.
    private static final Instant JIB_TIME = Instant.ofEpochSecond(1);

    @TempDir Path directory;
    private Store store;
    private byte[] layer;
    private byte[] config;
    private final Map<String, byte[]> files = new LinkedHashMap<>();
    private final Map<String, String> links = new LinkedHashMap<>();

    @BeforeEach
    void open() throws IOException {
        store = Store.open(directory.resolve("store"));
        layer = tar(Map.of("app/classes/dev/Main.class", "class".getBytes(UTF_8)), Map.of());
        config =
                ("{ \"created\":\"1970-01-01T00:00:00Z\",\"architecture\":\"amd64\",\"os\":\"linux\","
                                + "\"x-unknown\":1e0,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                                + Digest.sha256(layer)
                                + "\"]}}")
                        .getBytes(UTF_8);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void jibs_layers_and_configuration_stay_as_they_are() throws IOException {
        byte[] gzip = gzip(layer);
        jib(gzip);
        load(archive());
        StoredImage image = image();
        assertEquals(Digest.sha256(config), image.manifest().value().config().digest());
        assertEquals(
                new Descriptor(MediaType.OCI_LAYER_GZIP, Digest.sha256(gzip), gzip.length),
                image.manifest().value().layers().getFirst());
        new ImageValidator(store.blobs())
                .requireValid(image.manifest().descriptor(), ImageValidator.Depth.CONTENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "none"})
    void saved_and_loaded_again_nothing_changes(String compression) throws IOException {
        jib(compressed(compression, layer));
        load(archive());
        Descriptor first = image().manifest().descriptor();
        Path saved = directory.resolve("a.tar");
        new ImageArchive(store).save(List.of(APP), ImageArchive.Format.DOCKER, saved);
        try (Store other = Store.open(directory.resolve("other"))) {
            NamedImage loaded = new ImageArchive(other).load(saved).getFirst();
            assertEquals(first, loaded.descriptor());
            Path again = directory.resolve("b.tar");
            new ImageArchive(other).save(List.of(APP), ImageArchive.Format.DOCKER, again);
            assertArrayEquals(Files.readAllBytes(saved), Files.readAllBytes(again));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd"})
    void archive_itself_may_be_compressed(String compression) throws IOException {
        jib(compressed("zstd", layer));
        load(compressed(compression, archive()));
        assertEquals(
                MediaType.OCI_LAYER_ZSTD,
                image().manifest().value().layers().getFirst().mediaType());
    }

    @Test
    void old_dockers_layers_may_be_links_to_others() throws IOException {
        files.put("1111/VERSION", "1.0".getBytes(UTF_8));
        files.put("1111/json", "{}".getBytes(UTF_8));
        files.put("2222/layer.tar", layer);
        files.put("config.json", config);
        files.put("repositories", "{\"app\":{\"v1\":\"1111\"}}".getBytes(UTF_8));
        links.put("1111/layer.tar", "../2222/layer.tar");
        manifest("config.json", "[\"app:v1\"]", "1111/layer.tar");
        load(archive());
        assertEquals(Digest.sha256(layer), image().config().diffIds().getFirst().digest());
        assertEquals(Digest.sha256(config), image().manifest().value().config().digest());
    }

    @Test
    void layout_within_the_archive_comes_before_manifest_json() throws IOException {
        Descriptor image =
                docker25(
                        "\"io.containerd.image.name\":\"docker.io/library/app:v1\","
                                + "\"org.opencontainers.image.ref.name\":\"v1\"");
        load(archive());
        assertEquals(image.digest(), image().manifest().descriptor().digest());
        assertEquals(
                MediaType.OCI_LAYER, image().manifest().value().layers().getFirst().mediaType());
    }

    @Test
    void image_saved_by_its_id_gets_the_name_that_is_given() throws IOException {
        Descriptor image = docker25("");
        InvalidArchiveException e =
                assertThrows(InvalidArchiveException.class, () -> load(archive()));
        assertEquals(
                "a.tar: image "
                        + image.digest()
                        + " has no name in it; give one when loading (-t NAME)",
                e.getMessage());
        requireUntouched();
        load(archive(), Optional.of(APP));
        assertEquals(image.digest(), image().manifest().descriptor().digest());
    }

    @Test
    void names_may_be_null() throws IOException {
        files.put("config.json", config);
        files.put("layer.tar", layer);
        manifest("config.json", "null", "layer.tar");
        assertThrows(InvalidArchiveException.class, () -> load(archive()));
        load(archive(), Optional.of(APP));
        assertEquals(Digest.sha256(config), image().manifest().value().config().digest());
    }

    @Test
    void layer_that_is_not_the_configurations_is_refused() throws IOException {
        jib(gzip(tar(Map.of("evil", "evil".getBytes(UTF_8)), Map.of())));
        requireRefused("layer 'layer.tar.gz' has the diffID sha256:");
    }

    @Test
    void missing_layer_is_named() throws IOException {
        files.put("config.json", config);
        manifest("config.json", "[\"app:v1\"]", "layer.tar.gz");
        requireRefused("'layer.tar.gz' is missing in it");
    }

    @Test
    void path_out_of_the_archive_is_a_missing_file() throws IOException {
        files.put("config.json", config);
        manifest("config.json", "[\"app:v1\"]", "../../../../etc/passwd");
        requireRefused("'../../../../etc/passwd' is missing in it");
    }

    @Test
    void link_out_of_the_archive_is_refused() throws IOException {
        links.put("layer.tar.gz", "../../etc/passwd");
        requireRefused("'layer.tar.gz' is a link that leads out of the archive");
    }

    @Test
    void links_in_a_circle_are_refused() throws IOException {
        files.put("config.json", config);
        links.put("a", "b");
        links.put("b", "a");
        manifest("config.json", "[\"app:v1\"]", "a");
        requireRefused("'a' is a link that leads in a circle");
    }

    @Test
    void name_with_dots_is_refused() throws IOException {
        jib(gzip(layer));
        byte[] bytes = archive();
        byte[] name = "config.json".getBytes(UTF_8);
        byte[] evil = "../evil.txt".getBytes(UTF_8);
        for (int i = 0; i + 512 <= bytes.length; i += 512) {
            if (java.util.Arrays.equals(name, 0, 11, bytes, i, i + 11)) {
                System.arraycopy(evil, 0, bytes, i, evil.length);
                checksum(bytes, i);
            }
        }
        InvalidArchiveException e = assertThrows(InvalidArchiveException.class, () -> load(bytes));
        assertTrue(e.toString().contains(".."), e.toString());
        requireUntouched();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "none"})
    void archive_cut_off_anywhere_is_refused(String compression) throws IOException {
        jib(gzip(layer));
        byte[] whole = compressed(compression, archive());
        for (int i = 1; i < 10; i++) {
            byte[] part = java.util.Arrays.copyOf(whole, whole.length * i / 10);
            assertThrows(InvalidArchiveException.class, () -> load(part), "cut at " + i);
        }
        requireUntouched();
    }

    @Test
    void layer_cut_off_is_refused() throws IOException {
        byte[] gzip = gzip(layer);
        jib(java.util.Arrays.copyOf(gzip, gzip.length - 12));
        requireRefused("layer.tar.gz");
    }

    @Test
    void refused_for_one_image_the_archive_leaves_nothing_of_the_others() throws IOException {
        files.put("config.json", config);
        files.put("layer.tar", layer);
        files.put(
                "manifest.json",
                ("[{\"Config\":\"config.json\",\"RepoTags\":[\"app:v1\"],\"Layers\":[\"layer.tar\"]},"
                                + "{\"Config\":\"gone.json\",\"RepoTags\":[\"b:v1\"],\"Layers\":[]}]")
                        .getBytes(UTF_8));
        requireRefused("'gone.json' is missing in it");
    }

    @Test
    void blob_that_nothing_refers_to_is_left_out() throws IOException {
        docker25("\"io.containerd.image.name\":\"docker.io/library/app:v1\"");
        byte[] junk = "junk".getBytes(UTF_8);
        files.put("blobs/sha256/" + Digest.sha256(junk).hex(), junk);
        load(archive());
        assertTrue(store.blobs().size(Digest.sha256(junk)).isEmpty());
        assertEquals(3, count());
    }

    /// As docker 25 writes it: a layout with uncompressed layers, and `manifest.json` for others.
    private Descriptor docker25(String annotations) {
        Descriptor configuration = blob(MediaType.OCI_CONFIG, config);
        Descriptor content = blob(MediaType.OCI_LAYER, layer);
        Descriptor image =
                blob(
                        MediaType.OCI_MANIFEST,
                        ("{\"schemaVersion\":2,\"mediaType\":\""
                                        + MediaType.OCI_MANIFEST
                                        + "\",\"config\":{"
                                        + members(configuration)
                                        + "},\"layers\":[{"
                                        + members(content)
                                        + "}]}")
                                .getBytes(UTF_8));
        files.put("oci-layout", "{\"imageLayoutVersion\": \"1.0.0\"}".getBytes(UTF_8));
        files.put(
                "index.json",
                ("{\"schemaVersion\":2,\"manifests\":[{"
                                + members(image)
                                + ",\"annotations\":{"
                                + annotations
                                + "}}]}")
                        .getBytes(UTF_8));
        manifest(
                "blobs/sha256/" + configuration.digest().hex(),
                "null",
                "blobs/sha256/" + content.digest().hex());
        return image;
    }

    private Descriptor blob(MediaType type, byte[] bytes) {
        Descriptor blob = Descriptor.of(type, bytes);
        files.put("blobs/sha256/" + blob.digest().hex(), bytes);
        return blob;
    }

    private static String members(Descriptor of) {
        return "\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d"
                .formatted(of.mediaType(), of.digest(), of.size());
    }

    private void jib(byte[] compressedLayer) {
        files.put("layer.tar.gz", compressedLayer);
        files.put("config.json", config);
        manifest("config.json", "[\"app:v1\"]", "layer.tar.gz");
    }

    private void manifest(String configFile, String tags, String layerFile) {
        files.put(
                "manifest.json",
                "[{\"Config\":\"%s\",\"RepoTags\":%s,\"Layers\":[\"%s\"]}]"
                        .formatted(configFile, tags, layerFile)
                        .getBytes(UTF_8));
    }

    private byte[] archive() throws IOException {
        return tar(files, links);
    }

    private void load(byte[] archive) throws IOException {
        load(archive, Optional.empty());
    }

    private void load(byte[] archive, Optional<ImageReference> name) throws IOException {
        new ImageArchive(store).load(new ByteArrayInputStream(archive), "a.tar", name);
    }

    private void requireRefused(String why) throws IOException {
        byte[] bytes = archive();
        InvalidArchiveException e = assertThrows(InvalidArchiveException.class, () -> load(bytes));
        assertTrue(e.toString().contains("Exception: a.tar: "), e.toString());
        assertTrue(e.toString().contains(why), e.toString());
        requireUntouched();
    }

    private void requireUntouched() throws IOException {
        assertEquals(List.of(), store.images().list());
        assertEquals(0, count());
        assertEquals(List.of(), store.layers().list());
        try (Stream<Path> left = Files.list(store.temp().directory())) {
            assertEquals(List.of("lease"), left.map(f -> f.getFileName().toString()).toList());
        }
    }

    private long count() throws IOException {
        return store.blobs().list().count();
    }

    private StoredImage image() throws IOException {
        return store.images().resolve(APP, Platform.of("linux", "amd64")).orElseThrow();
    }

    private static byte[] compressed(String compression, byte[] bytes) throws IOException {
        return switch (compression) {
            case "gzip" -> gzip(bytes);
            case "zstd" -> Zstd.compress(bytes);
            default -> bytes;
        };
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static byte[] tar(Map<String, byte[]> files, Map<String, String> links)
            throws IOException {
        Metadata metadata = new Metadata(0644, 0, 0, JIB_TIME);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        TarWriter tar = new TarWriter(out);
        for (Map.Entry<String, String> link : links.entrySet()) {
            tar.add(
                    new TarEntry.Symlink(
                            EntryPath.of(link.getKey()), metadata, ByteString.of(link.getValue())));
        }
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            byte[] content = file.getValue();
            tar.add(
                    new TarEntry.RegularFile(EntryPath.of(file.getKey()), metadata, content.length),
                    new ByteArrayInputStream(content));
        }
        tar.finish();
        return out.toByteArray();
    }

    /// Of a ustar header: the sum of its bytes, those of the sum itself taken as spaces.
    private static void checksum(byte[] tar, int header) {
        int sum = 8 * ' ';
        for (int i = 0; i < 512; i++) {
            sum += i >= 148 && i < 156 ? 0 : tar[header + i] & 0xff;
        }
        byte[] text = "%06o\0 ".formatted(sum).getBytes(UTF_8);
        System.arraycopy(text, 0, tar, header + 148, 8);
    }
}
