package dev.jbuild.store.layout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.Programs;
import dev.jbuild.store.StoredImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against skopeo and umoci.
class ArchiveInteropIT {
    private static final ImageReference APP = ImageReference.parse("app:v1");
    private static final String FULL_NAME = "docker.io/library/app:v1";

    /// As docker writes it into an archive: the tag alone.
    private static final String REF_NAME = "v1";

    @TempDir Path directory;
    private Store store;
    private NamedImage image;

    @BeforeEach
    void open() throws IOException {
        Programs.assumeInstalled("skopeo", "umoci");
        store = Store.open(directory.resolve("store"));
        image = TestImages.create(store, "app:v1", "hello");
    }

    @AfterEach
    void close() throws IOException {
        if (store != null) { // the test may have been skipped
            store.close();
        }
    }

    @Test
    void skopeo_reads_the_oci_archive_under_its_name() throws Exception {
        Path file = save(ImageArchive.Format.OCI);
        String inspected =
                Programs.run("skopeo", "inspect", "--raw", "oci-archive:" + file + ":" + REF_NAME);
        assertEquals(
                new String(
                        store.blobs().read(image.descriptor()),
                        java.nio.charset.StandardCharsets.ISO_8859_1),
                inspected.strip());
    }

    @Test
    void oci_archive_comes_back_through_skopeo_with_the_same_digests() throws Exception {
        Path file = save(ImageArchive.Format.OCI);
        Path copy = directory.resolve("copy.tar");
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "oci-archive:" + file + ":" + REF_NAME,
                "oci-archive:" + copy + ":app:v1");
        try (Store target = Store.open(directory.resolve("target"))) {
            assertEquals(List.of(image), new ImageArchive(target).load(copy));
        }
    }

    @Test
    void what_skopeo_makes_a_docker_archive_of_loads_with_the_same_layers() throws Exception {
        Path file = save(ImageArchive.Format.OCI);
        Path docker = directory.resolve("docker.tar");
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "oci-archive:" + file + ":" + REF_NAME,
                "docker-archive:" + docker + ":" + FULL_NAME);
        try (Store target = Store.open(directory.resolve("target"))) {
            NamedImage loaded = new ImageArchive(target).load(docker).getFirst();
            assertEquals(APP, loaded.name());
            assertEquals(
                    resolve(store, APP).config().diffIds(),
                    resolve(target, APP).config().diffIds());
            new ImageValidator(target.blobs())
                    .requireValid(loaded.descriptor(), ImageValidator.Depth.CONTENT);
        }
    }

    @Test
    void skopeo_reads_the_docker_archive() throws Exception {
        Path file = save(ImageArchive.Format.DOCKER);
        Path layout = directory.resolve("layout");
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "docker-archive:" + file + ":" + FULL_NAME,
                "oci:" + layout + ":app:v1");
        try (Store target = Store.open(directory.resolve("target"))) {
            new ImageArchive(target).load(layout);
            assertEquals(
                    resolve(store, APP).config().diffIds(),
                    resolve(target, APP).config().diffIds());
        }
    }

    @Test
    void umoci_unpacks_from_the_store_itself() throws Exception {
        Programs.assumeRoot();
        Path bundle = directory.resolve("bundle");
        Programs.run(
                "umoci", "unpack", "--image", store.root() + ":" + FULL_NAME, bundle.toString());
        assertEquals("hello", Files.readString(bundle.resolve("rootfs/etc/motd")));
    }

    @Test
    void what_umoci_repacks_loads() throws Exception {
        Programs.assumeRoot();
        Path bundle = directory.resolve("bundle");
        Path layout = directory.resolve("layout");
        Programs.run(
                "skopeo",
                "copy",
                "--insecure-policy",
                "oci:" + store.root() + ":" + FULL_NAME,
                "oci:" + layout + ":v1");
        Programs.run("umoci", "unpack", "--image", layout + ":v1", bundle.toString());
        Files.writeString(bundle.resolve("rootfs/etc/new"), "new");
        Programs.run("umoci", "repack", "--image", layout + ":v2", bundle.toString());
        Programs.run("umoci", "rm", "--image", layout + ":v1");
        try (Store target = Store.open(directory.resolve("target"))) {
            NamedImage loaded = new ImageArchive(target).load(layout, Optional.of(APP)).getFirst();
            assertEquals(2, resolve(target, APP).config().diffIds().size());
            new ImageValidator(target.blobs())
                    .requireValid(loaded.descriptor(), ImageValidator.Depth.CONTENT);
            assertTrue(target.images().find(APP).isPresent());
        }
    }

    private Path save(ImageArchive.Format format) throws IOException {
        Path file = directory.resolve("image.tar");
        new ImageArchive(store).save(List.of(APP), format, file);
        return file;
    }

    private static StoredImage resolve(Store store, ImageReference name) throws IOException {
        return store.images().resolve(name, Platform.host()).orElseThrow();
    }
}
