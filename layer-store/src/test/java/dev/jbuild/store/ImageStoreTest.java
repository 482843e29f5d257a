package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageConfig;
import dev.jbuild.oci.ImageConfigJson;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// image-spec 1.1, image-layout.md, "index.json file".
class ImageStoreTest {
    private static final Platform AMD64 = Platform.of("linux", "amd64");
    private static final ImageReference APP = ImageReference.parse("app:v1");

    @TempDir Path root;
    private DirectoryBlobStore blobs;
    private ImageStore images;

    @BeforeEach
    void open() throws IOException {
        blobs = new DirectoryBlobStore(root);
        images = new ImageStore(blobs);
    }

    @AfterEach
    void close() throws IOException {
        blobs.close();
    }

    @Test
    void name_stands_in_both_annotations() throws IOException {
        Descriptor image = image("one");
        images.put(APP, image);
        assertEquals(
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\","
                        + "\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
                        + "\"digest\":\""
                        + image.digest()
                        + "\",\"size\":"
                        + image.size()
                        + ",\"annotations\":{\"io.containerd.image.name\":\"docker.io/library/app:v1\","
                        + "\"org.opencontainers.image.ref.name\":\"docker.io/library/app:v1\"}}]}",
                Files.readString(root.resolve("index.json")));
        assertEquals(Optional.of(image), images.find(APP));
    }

    @Test
    void image_of_blobs_that_were_not_used_for_long_is_named_again() throws IOException {
        Descriptor image = image("one");
        images.put(APP, image);
        try (Stream<Digest> digests = blobs.list()) {
            for (Digest digest : digests.toList()) {
                Files.setLastModifiedTime(blobs.path(digest), FileTime.from(Instant.EPOCH));
            }
        }
        images.put(APP, image);
        assertEquals(Optional.of(image), images.find(APP));
    }

    @Test
    void name_given_again_stands_for_the_new_image_only() throws IOException {
        images.put(APP, image("one"));
        Descriptor two = image("two");
        images.put(APP, two);
        assertEquals(List.of(new NamedImage(APP, two)), images.list());
    }

    @Test
    void same_name_for_the_same_image_does_not_touch_the_file() throws IOException {
        images.put(APP, image("one"));
        Object inode = Files.getAttribute(root.resolve("index.json"), "unix:ino");
        images.put(APP, image("one"));
        assertEquals(inode, Files.getAttribute(root.resolve("index.json"), "unix:ino"));
    }

    @Test
    void names_are_listed_in_order() throws IOException {
        images.put(ImageReference.parse("zoo:1"), image("one"));
        images.put(ImageReference.parse("127.0.0.1:5000/app:2"), image("two"));
        images.put(ImageReference.parse("ant:1"), image("two"));
        assertEquals(
                List.of("127.0.0.1:5000/app:2", "ant:1", "zoo:1"),
                images.list().stream().map(image -> image.name().familiar()).toList());
    }

    @Test
    void removed_name_is_gone_and_tells_what_it_stood_for() throws IOException {
        Descriptor image = image("one");
        images.put(APP, image);
        assertEquals(Optional.of(image), images.remove(APP));
        assertEquals(Optional.empty(), images.remove(APP));
        assertEquals(Optional.empty(), images.find(APP));
    }

    @Test
    void entries_and_annotations_of_other_tools_survive() throws IOException {
        String theirs =
                "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"sha256:"
                        + "a".repeat(64)
                        + "\",\"size\":7,\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"},"
                        + "\"x\":1.50}";
        Files.writeString(
                root.resolve("index.json"),
                "{\"schemaVersion\":2,\"manifests\":["
                        + theirs
                        + "],\"annotations\":{\"a\":\"b\"},\"y\":null}");
        images.put(APP, image("one"));
        images.remove(APP);
        assertEquals(
                "{\"schemaVersion\":2,\"manifests\":["
                        + theirs
                        + "],\"annotations\":{\"a\":\"b\"},\"y\":null}",
                Files.readString(root.resolve("index.json")));
        assertEquals(List.of(), images.list());
        assertEquals(1, images.roots().size());
    }

    @Test
    void image_by_digest_is_found_under_any_name() throws IOException {
        Descriptor image = image("one");
        images.put(APP, image);
        assertEquals(
                Optional.of(image), images.find(ImageReference.parse("other@" + image.digest())));
    }

    @Test
    void image_by_digest_is_found_within_a_named_index() throws IOException {
        Descriptor image = image("one").withPlatform(AMD64);
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(image)));
        blobs.write(index.bytes());
        images.put(APP, index.descriptor());
        assertEquals(
                Optional.of(image), images.find(ImageReference.parse("app@" + image.digest())));
    }

    @Test
    void image_that_lacks_a_layer_gets_no_name() throws IOException {
        Descriptor image = image("one");
        ImageManifest manifest = (ImageManifest) new ImageDocuments(blobs).manifest(image).value();
        blobs.delete(manifest.layers().getFirst().digest());
        assertThrows(NoSuchFileException.class, () -> images.put(APP, image));
        assertEquals(List.of(), images.list());
    }

    @Test
    void resolving_picks_the_platform() throws IOException {
        Descriptor arm = image("arm").withPlatform(Platform.of("linux", "arm64"));
        Descriptor amd = image("amd").withPlatform(AMD64);
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(arm, amd)));
        blobs.write(index.bytes());
        images.put(APP, index.descriptor());
        StoredImage found = images.resolve(APP, AMD64).orElseThrow();
        assertEquals(amd.digest(), found.manifest().descriptor().digest());
        assertEquals(Optional.of("amd"), found.config().author());
    }

    @Test
    void platform_that_is_not_there_is_named_with_those_that_are() throws IOException {
        Descriptor arm = image("arm").withPlatform(Platform.of("linux", "arm64"));
        Encoded<ImageIndex> index = OciJson.encode(ImageIndex.of(List.of(arm)));
        blobs.write(index.bytes());
        images.put(APP, index.descriptor());
        IOException e = assertThrows(IOException.class, () -> images.resolve(APP, AMD64));
        assertTrue(e.toString().endsWith("has no image for linux/amd64; it has linux/arm64"));
    }

    @Test
    void tampered_config_is_not_used() throws IOException {
        Descriptor image = image("one");
        images.put(APP, image);
        ImageManifest manifest = (ImageManifest) new ImageDocuments(blobs).manifest(image).value();
        Path config = blobs.path(manifest.config().digest());
        Files.writeString(config, Files.readString(config).replace("one", "eno"));
        assertThrows(DigestMismatchException.class, () -> images.resolve(APP, AMD64));
    }

    @Test
    void damaged_index_says_where_and_what_to_do() throws IOException {
        Files.writeString(root.resolve("index.json"), "{\"schemaVersion\":2,");
        StoreException e = assertThrows(StoreException.class, () -> images.list());
        assertTrue(e.toString().contains("store '" + root + "': index.json: invalid JSON"));
        assertTrue(e.toString().contains("jbuild fsck --repair restores them"));
    }

    @Test
    void names_given_at_once_are_all_kept() throws Exception {
        Descriptor image = image("one");
        List<Callable<Boolean>> puts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ImageReference name = ImageReference.parse("app:v" + i);
            puts.add(
                    () -> {
                        images.put(name, image);
                        return true;
                    });
        }
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> put : executor.invokeAll(puts)) {
                assertTrue(put.get());
            }
        }
        assertEquals(20, images.list().size());
    }

    private Descriptor image(String author) throws IOException {
        byte[] layerContent = ("layer of " + author).getBytes(UTF_8);
        blobs.write(layerContent);
        ImageConfig scratch = ImageConfig.scratch(AMD64);
        Encoded<ImageConfig> config =
                ImageConfigJson.encode(
                        new ImageConfig(
                                scratch.created(),
                                Optional.of(author),
                                AMD64,
                                scratch.config(),
                                List.of(),
                                List.of()));
        blobs.write(config.bytes());
        Encoded<ImageManifest> manifest =
                OciJson.encode(
                        ImageManifest.of(
                                config.descriptor(),
                                List.of(Descriptor.of(MediaType.OCI_LAYER, layerContent))));
        blobs.write(manifest.bytes());
        return manifest.descriptor();
    }
}
