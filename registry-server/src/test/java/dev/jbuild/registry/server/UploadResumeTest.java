package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Uploads that are interrupted, and clients that get into each other's way.
class UploadResumeTest {
    @TempDir Path root;

    @Test
    void lost_connection_keeps_what_came_and_the_upload_goes_on() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(1_000_000);
            String location = registry.startUpload("lost");
            try (Wire wire = registry.connect()) {
                wire.raw(Wire.head("PATCH", location) + "Content-Length: 1000000\r\n\r\n");
                wire.raw(Arrays.copyOf(blob, 400_000));
                awaitRange(registry, location, "0-399999");
            }
            finish(registry, "lost", location, blob, 400_000);
        }
    }

    @Test
    void last_part_lost_in_the_put_can_be_sent_again() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(500_000);
            Digest digest = Digest.sha256(blob);
            String location = registry.startUpload("again");
            try (Wire wire = registry.connect()) {
                wire.raw(
                        Wire.head("PUT", location + "?digest=" + digest)
                                + "Content-Length: 500000\r\n\r\n");
                wire.raw(Arrays.copyOf(blob, 123_456));
                awaitRange(registry, location, "0-123455");
            }
            Wire.Reply reply = registry.send("PUT", location + "?digest=" + digest, blob);
            assertEquals(201, reply.status(), reply.text());
            registry.assertBlob("again", digest, blob);
        }
    }

    @Test
    void last_part_that_came_whole_before_the_connection_was_lost_need_not_be_sent_again()
            throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(50_000);
            Digest digest = Digest.sha256(blob);
            String location = registry.startUpload("whole");
            try (Wire wire = registry.connect()) {
                String put = location + "?digest=" + digest;
                wire.raw(Wire.head("PUT", put) + "Content-Length: 50001\r\n\r\n");
                wire.raw(blob);
                awaitRange(registry, location, "0-49999");
            }
            Wire.Reply reply = registry.send("PUT", location + "?digest=" + digest, NOTHING);
            assertEquals(201, reply.status(), reply.text());
            registry.assertBlob("whole", digest, blob);
        }
    }

    @Test
    void content_that_is_lost_is_404_and_told_to_the_operator() throws Exception {
        List<Exception> told = new CopyOnWriteArrayList<>();
        try (Registry registry = new Registry(root, config -> config.withFailures(told::add))) {
            byte[] blob = random(10);
            Digest digest = registry.pushBlob("gone", blob);
            Files.delete(root.resolve("blobs/sha256").resolve(digest.hex()));
            Wire.Reply reply = registry.get("/v2/gone/blobs/" + digest);
            assertEquals(404, reply.status());
            assertFalse(reply.text().contains(root.toString()), reply.text());
            assertEquals(1, told.size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void upload_survives_a_restart(DigestAlgorithm algorithm) throws Exception {
        byte[] blob = random(300_000);
        String location;
        try (Registry registry = new Registry(root)) {
            location = registry.startUpload("restart");
            registry.send("PATCH", location, Arrays.copyOf(blob, 100_000));
        }
        try (Registry registry = new Registry(root)) {
            assertEquals("0-99999", registry.get(location).header("Range"));
            byte[] rest = Arrays.copyOfRange(blob, 100_000, blob.length);
            Digest digest = Digest.of(algorithm, blob);
            String range = "100000-299999";
            Wire.Reply reply =
                    registry.send(
                            "PUT", location + "?digest=" + digest, rest, "Content-Range", range);
            assertEquals(201, reply.status(), reply.text());
            registry.assertBlob("restart", digest, blob);
        }
    }

    @Test
    void restart_keeps_everything() throws Exception {
        byte[] manifest;
        try (Registry registry = new Registry(root)) {
            manifest = registry.pushImage("kept", "v1");
        }
        try (Registry registry = new Registry(root)) {
            assertArrayEquals(manifest, registry.get("/v2/kept/manifests/v1").body());
            assertEquals(
                    "{\"name\":\"kept\",\"tags\":[\"v1\"]}",
                    registry.get("/v2/kept/tags/list").text());
        }
    }

    @Test
    void files_that_a_killed_server_left_are_removed_at_the_next_start() throws Exception {
        String location;
        try (Registry registry = new Registry(root)) {
            location = registry.startUpload("strays");
            registry.send("PATCH", location, random(10));
        }
        Path uploads = root.resolve("uploads");
        Files.write(uploads.resolve("put-1234"), random(10));
        try (Registry registry = new Registry(root)) {
            assertEquals("0-9", registry.get(location).header("Range"));
            try (Stream<Path> files = Files.list(uploads)) {
                assertEquals(1, files.count());
            }
        }
    }

    @Test
    void abandoned_upload_expires() throws Exception {
        try (Registry registry = new Registry(root)) {
            String location = registry.startUpload("old");
            registry.send("PATCH", location, random(10));
            String id = location.substring(location.lastIndexOf('/') + 1);
            Path file = root.resolve("uploads").resolve(id);
            Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(8))));
            String young = registry.startUpload("old");
            registry.server.upkeep();
            assertEquals(404, registry.get(location).status());
            assertEquals(204, registry.get(young).status());
            assertTrue(Files.notExists(file));
        }
    }

    @Test
    void second_client_takes_over_from_one_that_stalls() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(1000);
            String location = registry.startUpload("stalled");
            try (Wire stalled = registry.connect()) {
                stalled.raw(Wire.head("PATCH", location) + "Content-Length: 1000\r\n\r\n");
                stalled.raw(Arrays.copyOf(blob, 400));
                awaitRange(registry, location, "0-399");
                finish(registry, "stalled", location, blob, 400);
                assertEquals(400, stalled.reply("PATCH").status());
            }
        }
    }

    @Test
    void same_blob_pushed_by_many_at_once_is_there_for_each() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(200_000);
            Digest digest = Digest.sha256(blob);
            atOnce(
                    12,
                    i -> {
                        try (Wire wire = registry.connect()) {
                            String target = "/v2/r" + i % 3 + "/blobs/uploads/?digest=" + digest;
                            return wire.send("POST", target, blob).status();
                        }
                    },
                    201);
            for (int i = 0; i < 3; i++) {
                registry.assertBlob("r" + i, digest, blob);
            }
        }
    }

    @Test
    void tag_pushed_by_many_at_once_is_one_of_theirs() throws Exception {
        try (Registry registry = new Registry(root)) {
            List<byte[]> manifests = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                manifests.add(registry.image("race"));
            }
            atOnce(
                    8,
                    i -> {
                        try (Wire wire = registry.connect()) {
                            return wire.send(
                                            "PUT",
                                            "/v2/race/manifests/v1",
                                            manifests.get(i),
                                            "Content-Type",
                                            "application/vnd.oci.image.manifest.v1+json")
                                    .status();
                        }
                    },
                    201);
            byte[] winner = registry.get("/v2/race/manifests/v1").body();
            assertTrue(manifests.stream().anyMatch(m -> Arrays.equals(m, winner)));
            for (byte[] manifest : manifests) {
                String target = "/v2/race/manifests/" + Digest.sha256(manifest);
                assertEquals(200, registry.get(target).status());
            }
        }
    }

    @Test
    void same_chunk_sent_twice_at_once_is_taken_once() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = random(50_000);
            String location = registry.startUpload("twice");
            List<Integer> statuses =
                    atOnce(
                            2,
                            _ -> {
                                try (Wire wire = registry.connect()) {
                                    return wire.send(
                                                    "PATCH",
                                                    location,
                                                    blob,
                                                    "Content-Range",
                                                    "0-49999")
                                            .status();
                                }
                            });
            assertEquals(List.of(202, 416), statuses.stream().sorted().toList());
            finish(registry, "twice", location, blob, blob.length);
        }
    }

    @Test
    void close_waits_for_the_upload_under_way() throws Exception {
        byte[] blob = random(100_000);
        Digest digest = Digest.sha256(blob);
        Registry registry = new Registry(root);
        try (Wire wire = registry.connect()) {
            String target = "/v2/drain/blobs/uploads/?digest=" + digest;
            wire.raw(Wire.head("POST", target) + "Content-Length: 100000\r\n\r\n");
            wire.raw(Arrays.copyOf(blob, 50_000));
            Thread.sleep(200);
            Thread closing = Thread.ofVirtual().start(registry::close);
            Thread.sleep(200);
            wire.raw(Arrays.copyOfRange(blob, 50_000, 100_000));
            Wire.Reply reply = wire.reply("POST");
            assertEquals(201, reply.status(), reply.text());
            assertEquals("close", reply.header("Connection"));
            closing.join();
        }
        try (Registry again = new Registry(root)) {
            again.assertBlob("drain", digest, blob);
        }
    }

    @Test
    void damaged_file_of_the_same_name_is_replaced_by_a_push() throws Exception {
        try (Registry registry = new Registry(root)) {
            byte[] blob = "content".getBytes(StandardCharsets.UTF_8);
            Digest digest = Digest.sha256(blob);
            Files.write(root.resolve("blobs/sha256").resolve(digest.hex()), NOTHING);
            registry.pushBlob("damaged", blob);
            registry.assertBlob("damaged", digest, blob);
        }
    }

    private interface Numbered {
        int run(int number) throws IOException;
    }

    private static void atOnce(int count, Numbered work, int expected) throws Exception {
        for (int status : atOnce(count, work)) {
            assertEquals(expected, status);
        }
    }

    private static List<Integer> atOnce(int count, Numbered work) throws Exception {
        List<Integer> results = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                tasks.add(() -> work.run(number));
            }
            for (Future<Integer> future : threads.invokeAll(tasks)) {
                results.add(future.get());
            }
        }
        return results;
    }

    private static void finish(
            Registry registry, String repository, String location, byte[] blob, int from)
            throws IOException {
        Digest digest = Digest.sha256(blob);
        byte[] rest = Arrays.copyOfRange(blob, from, blob.length);
        if (rest.length > 0) {
            Wire.Reply chunk =
                    registry.send(
                            "PATCH",
                            location,
                            rest,
                            "Content-Range",
                            from + "-" + (blob.length - 1));
            assertEquals(202, chunk.status(), chunk.text());
        }
        Wire.Reply reply = registry.send("PUT", location + "?digest=" + digest, NOTHING);
        assertEquals(201, reply.status(), reply.text());
        registry.assertBlob(repository, digest, blob);
    }

    private static void awaitRange(Registry registry, String location, String range)
            throws Exception {
        for (int i = 0; i < 200 && !registry.get(location).header("Range").equals(range); i++) {
            Thread.sleep(20);
        }
        assertEquals(range, registry.get(location).header("Range"));
    }
}
