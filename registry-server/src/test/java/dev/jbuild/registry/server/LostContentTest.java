package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.OCTETS;
import static dev.jbuild.registry.server.Registry.random;
import static dev.jbuild.registry.server.Registry.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Content whose file the disk has lost or changed: nobody is told that it is here, and the next
/// push of it makes it whole.
class LostContentTest {
    private static final String TYPE = MediaType.OCI_MANIFEST.value();

    @TempDir Path directory;
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private Registry registry;

    @BeforeEach
    void start() throws Exception {
        registry =
                new Registry(
                        directory,
                        config -> config.withFailures(e -> failures.add(e.getMessage())));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void pushing_a_damaged_blob_again_makes_it_whole() throws Exception {
        byte[] blob = random(10_000);
        Digest digest = registry.pushBlob("app", blob);
        damage(digest);
        registry.pushBlob("app", blob);
        registry.assertBlob("app", digest, blob);
        assertEquals(List.of(), leftOvers());
    }

    @Test
    void pushing_a_damaged_blob_into_another_repository_makes_it_whole_for_both() throws Exception {
        byte[] blob = random(10_000);
        Digest digest = registry.pushBlob("app", blob);
        damage(digest);
        String location = registry.startUpload("other");
        String target = with(location, "digest=" + digest);
        assertEquals(201, registry.send("PUT", target, blob, OCTETS).status());
        registry.assertBlob("other", digest, blob);
        registry.assertBlob("app", digest, blob);
        assertEquals(List.of(), leftOvers());
    }

    @Test
    void a_client_in_the_middle_of_a_blob_gets_the_file_it_began_with() throws Exception {
        byte[] blob = random(30_000_000);
        Digest digest = registry.pushBlob("app", blob);
        try (Wire slow = registry.connect()) {
            slow.raw(Wire.head("GET", "/v2/app/blobs/" + digest) + "\r\n");
            registry.assertBlob("app", digest, blob); // the other one was begun before
            registry.pushBlob("app", blob);
            damage(digest);
            assertArrayEquals(blob, slow.reply("GET").body());
        }
    }

    @Test
    void a_damaged_manifest_is_not_given_out_and_comes_back_with_the_next_push() throws Exception {
        byte[] manifest = registry.pushImage("app", "v1");
        damage(Digest.sha256(manifest));
        assertEquals(404, registry.get("/v2/app/manifests/v1").status());
        assertEquals(404, registry.head("/v2/app/manifests/v1").status());
        assertTrue(failures.getFirst().contains(Digest.sha256(manifest).toString()));
        assertEquals(201, registry.putManifest("app", "v1", TYPE, manifest).status());
        assertArrayEquals(manifest, registry.get("/v2/app/manifests/v1").body());
        assertArrayEquals(
                manifest, Files.readAllBytes(file(Digest.sha256(manifest))), "on the disk, too");
    }

    @Test
    void a_lost_blob_is_not_here_until_it_is_pushed_again() throws Exception {
        byte[] blob = random(1000);
        Digest digest = registry.pushBlob("app", blob);
        Files.delete(file(digest));
        assertEquals(404, registry.head("/v2/app/blobs/" + digest).status());
        assertEquals(404, registry.get("/v2/app/blobs/" + digest).status());
        assertEquals(
                "the content of "
                        + digest
                        + " is lost: its file is gone or has another length; the next push of it"
                        + " brings it back, and jbuild registry scrub tells what else is lost",
                failures.getFirst());
        registry.pushBlob("app", blob);
        registry.assertBlob("app", digest, blob);
    }

    @Test
    void a_blob_cut_short_is_not_here_until_it_is_pushed_again() throws Exception {
        byte[] blob = random(1000);
        Digest digest = registry.pushBlob("app", blob);
        Files.write(file(digest), random(999));
        assertEquals(404, registry.head("/v2/app/blobs/" + digest).status());
        assertEquals(404, registry.get("/v2/app/blobs/" + digest, "Range", "bytes=0-9").status());
        registry.pushBlob("app", blob);
        registry.assertBlob("app", digest, blob);
    }

    @Test
    void a_lost_manifest_is_not_here_until_it_is_pushed_again() throws Exception {
        byte[] manifest = registry.pushImage("app", "v1");
        Files.delete(file(Digest.sha256(manifest)));
        assertEquals(404, registry.head("/v2/app/manifests/v1").status());
        assertEquals(404, registry.get("/v2/app/manifests/v1").status());
        assertEquals(201, registry.putManifest("app", "v1", TYPE, manifest).status());
        assertArrayEquals(manifest, registry.get("/v2/app/manifests/v1").body());
    }

    @Test
    void a_lost_blob_is_not_mounted() throws Exception {
        byte[] blob = random(1000);
        Digest digest = registry.pushBlob("app", blob);
        Files.delete(file(digest));
        String target = "/v2/other/blobs/uploads/?from=app&mount=" + digest;
        assertEquals(202, registry.send("POST", target, NOTHING).status());
    }

    @Test
    void a_manifest_that_needs_a_lost_blob_is_refused_with_its_name() throws Exception {
        byte[] manifest = registry.image("app");
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        Files.delete(file(layer));
        Wire.Reply reply = registry.putManifest("app", "v1", TYPE, manifest);
        assertEquals(400, reply.status());
        assertTrue(reply.text().contains("MANIFEST_BLOB_UNKNOWN"), reply.text());
        assertTrue(reply.text().contains(layer.toString()), reply.text());
    }

    @Test
    void a_blob_cut_short_is_not_mounted_until_it_is_pushed_again() throws Exception {
        byte[] blob = random(1000);
        Digest digest = registry.pushBlob("app", blob);
        Files.write(file(digest), random(999));
        String from = "/v2/other/blobs/uploads/?from=app&mount=" + digest;
        assertEquals(202, registry.send("POST", from, NOTHING).status());
        String anywhere = "/v2/other/blobs/uploads/?mount=" + digest;
        assertEquals(202, registry.send("POST", anywhere, NOTHING).status());
        registry.pushBlob("app", blob);
        assertEquals(201, registry.send("POST", from, NOTHING).status());
        registry.assertBlob("other", digest, blob);
    }

    @Test
    void a_manifest_that_needs_a_blob_cut_short_is_refused_with_its_name() throws Exception {
        byte[] manifest = registry.image("app");
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        Files.write(file(layer), random(511));
        Wire.Reply reply = registry.putManifest("app", "v1", TYPE, manifest);
        assertEquals(400, reply.status());
        assertTrue(reply.text().contains("MANIFEST_BLOB_UNKNOWN"), reply.text());
        assertTrue(reply.text().contains(layer.toString()), reply.text());
    }

    @Test
    void an_index_whose_child_is_cut_short_is_refused_with_its_name() throws Exception {
        byte[] child = registry.pushImage("app", "v1");
        Digest digest = Digest.sha256(child);
        Files.write(file(digest), random(child.length - 1));
        String type = MediaType.OCI_INDEX.value();
        byte[] index =
                ("{\"schemaVersion\":2,\"mediaType\":\"%s\",\"manifests\":[{\"mediaType\":\"%s\","
                                + "\"digest\":\"%s\",\"size\":%d}]}")
                        .formatted(type, TYPE, digest, child.length)
                        .getBytes(StandardCharsets.UTF_8);
        Wire.Reply reply = registry.putManifest("app", "all", type, index);
        assertEquals(400, reply.status());
        assertTrue(reply.text().contains("MANIFEST_BLOB_UNKNOWN"), reply.text());
        assertTrue(reply.text().contains(digest.toString()), reply.text());
        registry.putManifest("app", "v1", TYPE, child);
        assertEquals(201, registry.putManifest("app", "all", type, index).status());
    }

    @Test
    void many_requests_for_what_is_lost_are_told_of_once() throws Exception {
        Digest digest = registry.pushBlob("app", random(1000));
        Files.delete(file(digest));
        for (int i = 0; i < 5; i++) {
            assertEquals(404, registry.head("/v2/app/blobs/" + digest).status());
        }
        assertEquals(1, failures.size(), failures.toString());
    }

    /// A disk that isn't mounted is not content that is lost.
    @Test
    void content_is_not_called_unknown_while_its_directory_is_away() throws Exception {
        byte[] blob = random(1000);
        Digest digest = registry.pushBlob("app", blob);
        Path blobs = directory.resolve("blobs");
        Files.move(blobs, directory.resolve("away"));
        assertEquals(503, registry.head("/v2/app/blobs/" + digest).status());
        assertEquals(503, registry.get("/v2/app/blobs/" + digest).status());
        Files.move(directory.resolve("away"), blobs);
        registry.assertBlob("app", digest, blob);
    }

    private void damage(Digest digest) throws IOException {
        byte[] bytes = Files.readAllBytes(file(digest));
        for (int i = 100; i < 107; i++) {
            bytes[i] ^= 1;
        }
        Files.write(file(digest), bytes);
    }

    private Path file(Digest digest) {
        return directory.resolve("blobs/sha256").resolve(digest.hex());
    }

    private List<Path> leftOvers() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("uploads"))) {
            return files.toList();
        }
    }
}
