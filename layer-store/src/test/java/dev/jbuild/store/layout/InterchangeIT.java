package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.Programs;
import dev.jbuild.store.StoredImage;
import dev.jbuild.store.layer.Compression;
import dev.jbuild.store.layer.LayerOptions;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Images that buildah, skopeo and umoci made, loaded, saved and given back to them: the bytes of
/// manifests and configurations stay.
class InterchangeIT {
    private static final ImageReference APP = ImageReference.parse("app:v1");

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

    @ParameterizedTest
    @ValueSource(strings = {"oci:%s/made:app:v1", "oci-archive:%s/made:app:v1"})
    void what_buildah_makes_keeps_its_digests(String transport) throws Exception {
        buildahPush("oci", transport.formatted(directory));
        String manifest = rawManifest(transport.formatted(directory));
        load();
        assertEquals(manifest, manifestText());
        requireSameAfterSaving();
    }

    @Test
    void docker_archive_of_buildah_keeps_its_configuration() throws Exception {
        buildahPush("docker", "docker-archive:" + directory + "/made:docker.io/library/app:v1");
        Path made = directory.resolve("made");
        load();
        String config =
                Programs.run("skopeo", "inspect", "--config", "--raw", "docker-archive:" + made);
        assertEquals(config.strip(), configText());
        requireSameAfterSaving();
    }

    @ParameterizedTest
    @EnumSource(
            value = Compression.class,
            names = {"GZIP", "ZSTD"})
    void what_skopeo_copies_keeps_its_digests(Compression compression) throws Exception {
        Programs.assumeInstalled("skopeo");
        String to = "oci:" + directory + "/made:app:v1";
        Programs.run("skopeo", "copy", "--insecure-policy", ours("from.tar", compression), to);
        String manifest = rawManifest(to);
        load();
        assertEquals(manifest, manifestText());
        assertEquals(
                compression.mediaType(),
                image().manifest().value().layers().getFirst().mediaType());
        requireSameAfterSaving();
    }

    @Test
    void schema_2_manifest_of_docker_keeps_its_digest() throws Exception {
        Programs.assumeInstalled("skopeo");
        Path dir = directory.resolve("dir");
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "--format",
                "v2s2",
                ours("from.tar", Compression.GZIP),
                "dir:" + dir);
        byte[] manifest = Files.readAllBytes(dir.resolve("manifest.json"));
        layoutOf(dir, manifest, "application/vnd.docker.distribution.manifest.v2+json");
        load();
        assertEquals(Digest.sha256(manifest), image().manifest().descriptor().digest());
        requireSameAfterSaving();
    }

    @Test
    void what_umoci_makes_keeps_its_digests() throws Exception {
        Programs.assumeInstalled("umoci", "skopeo");
        Programs.assumeRoot();
        String made = directory.resolve("made").toString();
        Path bundle = directory.resolve("bundle");
        Programs.run("umoci", "init", "--layout", made);
        Programs.run("umoci", "new", "--image", made + ":v1");
        Programs.run("umoci", "unpack", "--image", made + ":v1", bundle.toString());
        Files.writeString(bundle.resolve("rootfs/hello"), "hello");
        Programs.run("umoci", "repack", "--image", made + ":v1", bundle.toString());
        Programs.run("umoci", "config", "--image", made + ":v1", "--config.cmd", "/hello");
        String manifest = rawManifest("oci:" + made + ":v1");
        new ImageArchive(store).load(Path.of(made), Optional.of(APP));
        assertEquals(manifest, manifestText());
        requireSameAfterSaving();
    }

    @Test
    void directory_that_gnu_tar_packed_loads() throws Exception {
        TestImages.create(store, "app:v1", "hello");
        Path layout = directory.resolve("layout");
        Path tar = directory.resolve("layout.tar.gz");
        new ImageArchive(store).saveDirectory(List.of(APP), layout);
        Programs.run("tar", "-C", layout.toString(), "-czf", tar.toString(), ".");
        try (Store other = Store.open(directory.resolve("other"))) {
            assertEquals(store.images().list(), new ImageArchive(other).load(tar));
        }
    }

    @Test
    void skopeo_and_buildah_take_what_is_saved_as_a_directory() throws Exception {
        Programs.assumeInstalled("skopeo");
        NamedImage app = TestImages.create(store, "app:v1", "hello");
        TestImages.create(store, "site:v2", "site");
        Path layout = directory.resolve("layout");
        new ImageArchive(store)
                .saveDirectory(List.of(APP, ImageReference.parse("site:v2")), layout);
        assertEquals(
                app.descriptor().digest(),
                Digest.sha256(rawManifest("oci:" + layout + ":v1").getBytes(UTF_8)));
        String added = "oci:" + layout + ":v3";
        Programs.run("skopeo", "copy", "--insecure-policy", "oci:" + layout + ":v2", added);
        TestImages.create(store, "app:v1", "new");
        new ImageArchive(store).saveDirectory(List.of(APP), layout);
        assertEquals(manifestText(), rawManifest("oci:" + layout + ":v1"));
        assertEquals(rawManifest("oci:" + layout + ":v2"), rawManifest(added));
    }

    @Test
    void skopeo_takes_the_docker_archive_with_the_same_configuration() throws Exception {
        Programs.assumeInstalled("skopeo");
        TestImages.create(store, "app:v1", "hello");
        Path tar = directory.resolve("docker.tar");
        new ImageArchive(store).save(List.of(APP), ImageArchive.Format.DOCKER, tar);
        String config =
                Programs.run(
                        "skopeo",
                        "inspect",
                        "--config",
                        "--raw",
                        "docker-archive:" + tar + ":app:v1");
        assertEquals(configText(), config.strip());
        // which uncompresses the layers and compares their diffIDs
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "docker-archive:" + tar + ":app:v1",
                "oci:" + directory.resolve("copy") + ":v1");
    }

    /// An image that buildah commits and pushes.
    private void buildahPush(String format, String target) throws Exception {
        Programs.assumeInstalled("buildah", "skopeo");
        Programs.assumeRoot();
        Path content = directory.resolve("content");
        Files.createDirectories(content.resolve("etc"));
        Files.writeString(content.resolve("etc/motd"), "hello");
        Files.createLink(content.resolve("etc/linked"), content.resolve("etc/motd"));
        String container = buildah("from", "scratch").strip();
        buildah("copy", container, content.toString(), "/");
        buildah("config", "--cmd", "/hello", "--label", "a=b", container);
        String image = buildah("commit", "--quiet", "--format", format, container).strip();
        buildah("push", "--quiet", image, target);
    }

    private String buildah(String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "buildah",
                                "--root",
                                directory.resolve("containers").toString(),
                                "--runroot",
                                directory.resolve("run").toString(),
                                "--storage-driver",
                                "vfs"));
        command.addAll(List.of(arguments));
        return Programs.run(command.toArray(String[]::new));
    }

    /// One of our images, for skopeo to copy.
    private String ours(String file, Compression compression) throws IOException {
        Path archive = directory.resolve(file);
        try (Store other = Store.open(directory.resolve("ours"))) {
            new RootfsImport(
                            other,
                            LayerOptions.of(compression),
                            Platform.host(),
                            ContainerConfig.EMPTY)
                    .run(
                            new ByteArrayInputStream(TestImages.tar(Map.of("f", "hello"))),
                            "rootfs.tar",
                            APP);
            new ImageArchive(other).save(List.of(APP), ImageArchive.Format.OCI, archive);
        }
        return "oci-archive:" + archive + ":v1";
    }

    /// Makes a layout of what `skopeo copy … dir:` wrote.
    private void layoutOf(Path dir, byte[] manifest, String type) throws IOException {
        Path made = directory.resolve("made");
        Path blobs = Files.createDirectories(made.resolve("blobs/sha256"));
        try (var files = Files.list(dir)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().length() == 64) {
                    Files.copy(file, blobs.resolve(file.getFileName()));
                }
            }
        }
        Files.write(blobs.resolve(Digest.sha256(manifest).hex()), manifest);
        Files.writeString(made.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
        Files.writeString(
                made.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d}]}"
                        .formatted(type, Digest.sha256(manifest), manifest.length));
    }

    private void load() throws IOException {
        new ImageArchive(store).load(directory.resolve("made"), Optional.of(APP));
    }

    /// Through each kind of archive into another store, and saved from there once more.
    private void requireSameAfterSaving() throws IOException {
        StoredImage image = image();
        for (String kind : List.of("oci", "docker", "directory")) {
            Path saved = save(store, kind, directory.resolve("saved-" + kind));
            try (Store other = Store.open(directory.resolve("other-" + kind))) {
                NamedImage loaded = new ImageArchive(other).load(saved).getFirst();
                assertEquals(APP, loaded.name());
                assertEquals(image.manifest().descriptor().digest(), loaded.descriptor().digest());
                new ImageValidator(other.blobs())
                        .requireValid(loaded.descriptor(), ImageValidator.Depth.CONTENT);
                Path again = save(other, kind, directory.resolve("again-" + kind));
                if (Files.isRegularFile(again)) {
                    assertArrayEquals(Files.readAllBytes(saved), Files.readAllBytes(again));
                }
            }
        }
    }

    private static Path save(Store from, String kind, Path place) throws IOException {
        ImageArchive archive = new ImageArchive(from);
        switch (kind) {
            case "oci" -> archive.save(List.of(APP), ImageArchive.Format.OCI, place);
            case "docker" -> archive.save(List.of(APP), ImageArchive.Format.DOCKER, place);
            default -> archive.saveDirectory(List.of(APP), place);
        }
        return place;
    }

    private static String rawManifest(String image) throws IOException, InterruptedException {
        return Programs.run("skopeo", "inspect", "--raw", image);
    }

    private String manifestText() throws IOException {
        return new String(store.blobs().read(image().manifest().descriptor()), UTF_8);
    }

    private String configText() throws IOException {
        return new String(store.blobs().read(image().manifest().value().config()), UTF_8);
    }

    private StoredImage image() throws IOException {
        return store.images().resolve(APP, Platform.host()).orElseThrow();
    }
}
