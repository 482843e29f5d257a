package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.Platform;
import dev.jbuild.store.NamedImage;
import dev.jbuild.store.check.StoreCheck;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Images for several platforms: an index as buildx writes it, with an attestation for each image,
/// in another index. Its documents are odd on purpose: spaces, unknown members, any order.
class IndexArchiveTest {
    private static final ImageReference APP = ImageReference.parse("app:v1");
    private static final Platform AMD = Platform.of("linux", "amd64");
    private static final Platform ARM = Platform.of("linux", "arm64");

    @TempDir Path directory;
    private Store source;
    private Store target;
    private Descriptor amd;
    private Descriptor arm;
    private Descriptor attestation;
    private Descriptor root;

    @BeforeEach
    void open() throws IOException {
        source = Store.open(directory.resolve("source"));
        target = Store.open(directory.resolve("target"));
        amd = TestImages.create(source, "amd:1", "amd").descriptor();
        arm = TestImages.create(source, "arm:1", "arm").descriptor();
        attestation = attestation(amd);
        Descriptor inner =
                blob(
                        MediaType.OCI_INDEX,
                        """
                        { "manifests": [
                          {"platform":{"os":"linux","architecture":"amd64"},%s},
                          {"platform":{"os":"linux","architecture":"arm64","os.version":"1"},%s},
                          {"platform":{"os":"unknown","architecture":"unknown"},
                           "annotations":{"vnd.docker.reference.type":"attestation-manifest"},%s}
                          ], "x-unknown": {"a": 1e0}, "schemaVersion": 2 }
                        """
                                .formatted(members(amd), members(arm), members(attestation)));
        root =
                blob(
                        MediaType.OCI_INDEX,
                        "{\"schemaVersion\":2,  \"manifests\":[{" + members(inner) + "}]}\n");
        source.images().put(APP, root);
        source.images().remove(ImageReference.parse("amd:1"));
        source.images().remove(ImageReference.parse("arm:1"));
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        target.close();
    }

    @Test
    void all_of_a_nested_index_is_kept_byte_for_byte() throws IOException {
        Path file = directory.resolve("a.tar");
        new ImageArchive(source).save(List.of(APP), ImageArchive.Format.OCI, file);
        assertEquals(List.of(new NamedImage(APP, root)), new ImageArchive(target).load(file));
        assertEquals(blobs(source), blobs(target));
        Path again = directory.resolve("b.tar");
        new ImageArchive(target).save(List.of(APP), ImageArchive.Format.OCI, again);
        assertArrayEquals(Files.readAllBytes(file), Files.readAllBytes(again));
    }

    @Test
    void so_it_is_through_a_directory() throws IOException {
        Path layout = directory.resolve("layout");
        new ImageArchive(source).saveDirectory(List.of(APP), layout);
        assertEquals(List.of(new NamedImage(APP, root)), new ImageArchive(target).load(layout));
        assertEquals(blobs(source), blobs(target));
    }

    /// Looked at once for each way to it, the image at the bottom would be looked at 2^40 times.
    @Test
    @Timeout(60)
    void index_that_names_each_of_its_parts_twice_is_loaded_and_checked_once() throws Exception {
        Descriptor top = amd;
        for (int level = 0; level < 40; level++) {
            String one = "{" + members(top) + "}";
            top =
                    blob(
                            MediaType.OCI_INDEX,
                            "{\"schemaVersion\":2,\"manifests\":[" + one + "," + one + "]}");
        }
        source.images().put(APP, top);
        Path layout = directory.resolve("layout");
        new ImageArchive(source).saveDirectory(List.of(APP), layout);
        assertEquals(List.of(new NamedImage(APP, top)), new ImageArchive(target).load(layout));
        assertEquals(List.of(), new StoreCheck(target).run().damages());
    }

    @Test
    void blob_that_is_longer_than_its_descriptor_says_is_refused_unread() throws Exception {
        Path blob = savedBlob(amd.digest());
        try (FileChannel file = FileChannel.open(blob, StandardOpenOption.WRITE)) {
            file.write(
                    ByteBuffer.wrap(new byte[1]), 1L << 40); // a hole: reading it would take hours
        }
        assertRefused(
                "blob " + amd.digest() + " has 1099511627777 bytes where its descriptor says");
    }

    @Test
    void pipe_in_place_of_a_blob_is_refused() throws Exception {
        Path blob = savedBlob(amd.digest());
        Files.delete(blob);
        assertEquals(0, new ProcessBuilder("mkfifo", blob.toString()).start().waitFor());
        assertRefused("'blob " + amd.digest() + "' is not a regular file");
    }

    @Test
    void pipe_in_place_of_the_index_is_refused() throws Exception {
        Path index = savedBlob(amd.digest()).resolve("../../../index.json").normalize();
        Files.delete(index);
        assertEquals(0, new ProcessBuilder("mkfifo", index.toString()).start().waitFor());
        assertRefused("'index.json' is not a regular file");
    }

    private Path savedBlob(Digest digest) throws IOException {
        Path layout = directory.resolve("layout");
        new ImageArchive(source).saveDirectory(List.of(APP), layout);
        return layout.resolve("blobs/sha256").resolve(digest.hex());
    }

    private void assertRefused(String words) {
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> new ImageArchive(target).load(directory.resolve("layout")));
        assertTrue(String.valueOf(e.getMessage()).contains(words), e.getMessage());
    }

    @Test
    void attestation_is_no_damage_and_no_garbage() throws Exception {
        load();
        assertEquals(
                List.of(),
                new ImageValidator(target.blobs()).check(root, ImageValidator.Depth.CONTENT));
        assertEquals(List.of(), new StoreCheck(target).run().damages());
        new GarbageCollector(target).collect(List.of(), Duration.ZERO, false);
        assertEquals(blobs(source), blobs(target));
    }

    @Test
    void index_of_which_a_part_is_absent_is_not_saved() throws IOException {
        source.blobs().delete(arm.digest());
        source.blobs().delete(attestation.digest());
        NoSuchFileException e =
                assertThrows(
                        NoSuchFileException.class,
                        () ->
                                new ImageArchive(source)
                                        .saveDirectory(List.of(APP), directory.resolve("d")));
        assertEquals(
                "app:v1: it stands for 3 images, of which those for linux/arm64, unknown/unknown are"
                        + " not in the store: save one of the others (--platform linux/amd64), or get"
                        + " all (jbuild pull --all-platforms app:v1)",
                e.getMessage());
    }

    @Test
    void one_platform_is_saved_as_an_image_of_its_own() throws IOException {
        source.blobs().delete(arm.digest());
        Path file = directory.resolve("a.tar");
        new ImageArchive(source, AMD).save(List.of(APP), ImageArchive.Format.OCI, file);
        NamedImage loaded = new ImageArchive(target).load(file).getFirst();
        assertEquals(amd.digest(), loaded.descriptor().digest());
        assertEquals(3, blobs(target).size());
    }

    @Test
    void platform_that_is_absent_is_told_with_how_to_get_it() throws IOException {
        source.blobs().delete(arm.digest());
        NoSuchFileException e =
                assertThrows(
                        NoSuchFileException.class,
                        () ->
                                new ImageArchive(source, ARM)
                                        .save(
                                                List.of(APP),
                                                ImageArchive.Format.DOCKER,
                                                directory.resolve("a.tar")));
        assertEquals(
                "app:v1: its image for linux/arm64 is not in the store; pull it (jbuild pull"
                        + " --platform linux/arm64 app:v1)",
                e.getMessage());
    }

    @Test
    void platform_that_it_never_had_is_told() {
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                new ImageArchive(source, Platform.of("linux", "s390x"))
                                        .saveDirectory(List.of(APP), directory.resolve("d")));
        assertEquals(
                "app:v1: no image for linux/s390x; it has linux/amd64, linux/arm64, unknown/unknown",
                e.getMessage());
    }

    @Test
    void layout_of_another_tool_may_lack_images_of_an_index() throws IOException {
        Path layout = directory.resolve("layout");
        new ImageArchive(source).saveDirectory(List.of(APP), layout);
        Files.delete(layout.resolve("blobs/sha256/" + arm.digest().hex()));
        Files.delete(layout.resolve("blobs/sha256/" + attestation.digest().hex()));
        assertEquals(List.of(new NamedImage(APP, root)), new ImageArchive(target).load(layout));
        assertEquals(
                amd.digest(),
                target.images().resolve(APP, AMD).orElseThrow().manifest().descriptor().digest());
    }

    @Test
    void index_may_list_what_is_no_manifest() throws Exception {
        Descriptor text = blob(new MediaType("text/plain"), "hello");
        Descriptor index =
                blob(
                        MediaType.OCI_INDEX,
                        "{\"schemaVersion\":2,\"manifests\":[{"
                                + members(amd)
                                + "},{"
                                + members(text)
                                + "}]}");
        source.images().put(APP, index);
        root = index;
        load();
        assertTrue(target.blobs().size(text.digest()).isPresent());
        assertEquals(List.of(), new StoreCheck(target).run().damages());
        assertEquals(
                List.of(),
                new ImageValidator(target.blobs()).check(root, ImageValidator.Depth.CONTENT));
    }

    private void load() throws IOException {
        Path layout = directory.resolve("layout");
        new ImageArchive(source).saveDirectory(List.of(APP), layout);
        new ImageArchive(target).load(layout);
    }

    /// As buildx makes them: a configuration of a platform that is none, and a statement as layer.
    private Descriptor attestation(Descriptor of) throws IOException {
        Descriptor statement =
                blob(
                        new MediaType("application/vnd.in-toto+json"),
                        "{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"subject\":[]}");
        Descriptor config =
                blob(
                        MediaType.OCI_CONFIG,
                        "{\"architecture\":\"unknown\",\"os\":\"unknown\",\"config\":{},"
                                + "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
                                + statement.digest()
                                + "\"]}}");
        return blob(
                MediaType.OCI_MANIFEST,
                "{\"schemaVersion\":2,\"config\":{"
                        + members(config)
                        + "},\"layers\":[{"
                        + members(statement)
                        + "}],\"x-of\":\""
                        + of.digest()
                        + "\"}");
    }

    private Descriptor blob(MediaType type, String content) throws IOException {
        byte[] bytes = content.getBytes(UTF_8);
        source.blobs().write(bytes);
        return Descriptor.of(type, bytes);
    }

    private static String members(Descriptor of) {
        return "\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d"
                .formatted(of.mediaType(), of.digest(), of.size());
    }

    private static Map<Digest, Integer> blobs(Store store) throws IOException {
        return store.blobs()
                .list()
                .collect(Collectors.toMap(digest -> digest, digest -> digest.hex().length()));
    }
}
