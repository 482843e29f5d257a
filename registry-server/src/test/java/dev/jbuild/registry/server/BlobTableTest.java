package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.NOTHING;
import static dev.jbuild.registry.server.Registry.OCTETS;
import static dev.jbuild.registry.server.Registry.random;
import static dev.jbuild.registry.server.Registry.with;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Blobs as black boxes, with both algorithms: distribution-spec 1.1 and the coming version,
/// "Pushing blobs", "Pulling blobs", "Deleting Blobs".
class BlobTableTest {
    private static final String N = "conformance/repo1";
    private static final String N2 = "conformance/repo2";
    private static final String UPLOADS = "/v2/" + N + "/blobs/uploads/";
    private static final int SEVERAL = 3067; // three chunks of 1023 and less

    @TempDir static Path root;
    private static Registry registry;

    @BeforeAll
    static void start() throws IOException, InterruptedException {
        registry = new Registry(root);
    }

    @AfterAll
    static void stop() {
        registry.close();
    }

    @ParameterizedTest
    @EnumSource
    void missing_blob_is_404(DigestAlgorithm algorithm) throws IOException {
        Digest never = Digest.of(algorithm, random(8));
        assertEquals(404, registry.get("/v2/" + N + "/blobs/" + never).status());
        assertEquals(404, registry.head("/v2/" + N + "/blobs/" + never).status());
    }

    @ParameterizedTest
    @EnumSource
    void post_alone_pushes(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(512);
        Digest digest = Digest.of(algorithm, blob);
        verifyAndClean(
                registry.send("POST", UPLOADS + "?digest=" + digest, blob, OCTETS), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void post_and_put_push(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(512);
        Digest digest = Digest.of(algorithm, blob);
        String location = registry.startUpload(N);
        verifyAndClean(put(location, digest, blob), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void one_chunk_pushes(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(512);
        Digest digest = Digest.of(algorithm, blob);
        Wire.Reply chunk = patch(registry.startUpload(N), blob, 0, 512);
        assertEquals(202, chunk.status(), chunk.text());
        assertEquals("0-511", chunk.header("Range"));
        verifyAndClean(put(chunk.header("Location"), digest, NOTHING), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void stream_without_length_pushes(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(5000);
        Digest digest = Digest.of(algorithm, blob);
        Wire.Reply stream = registry.sendChunked("PATCH", registry.startUpload(N), blob, OCTETS);
        assertEquals(202, stream.status(), stream.text());
        verifyAndClean(put(stream.header("Location"), digest, NOTHING), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void stream_in_the_put_pushes(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(5000);
        Digest digest = Digest.of(algorithm, blob);
        String target = with(registry.startUpload(N), "digest=" + digest);
        verifyAndClean(registry.sendChunked("PUT", target, blob, OCTETS), digest, blob);
    }

    @ParameterizedTest
    @CsvSource({"SHA256,true", "SHA256,false", "SHA512,true", "SHA512,false"})
    void blob_of_another_repository_is_mounted(DigestAlgorithm algorithm, boolean named)
            throws IOException {
        byte[] blob = random(512);
        Digest digest = registry.pushBlob(N2, blob, algorithm);
        assertEquals(404, registry.head("/v2/" + N + "/blobs/" + digest).status());
        String target = UPLOADS + "?mount=" + digest + (named ? "&from=" + N2 : "");
        verifyAndClean(registry.send("POST", target, NOTHING), digest, blob);
        registry.assertBlob(N2, digest, blob);
        registry.cleanBlob(N2, digest);
        assertEquals(202, registry.send("POST", target, NOTHING).status());
    }

    @ParameterizedTest
    @CsvSource({"SHA256,true", "SHA256,false", "SHA512,true", "SHA512,false"})
    void mount_of_a_missing_blob_begins_an_upload(DigestAlgorithm algorithm, boolean named)
            throws IOException {
        byte[] blob = random(512);
        Digest digest = Digest.of(algorithm, blob);
        String target = UPLOADS + "?mount=" + digest + (named ? "&from=" + N2 : "");
        Wire.Reply reply = registry.send("POST", target, NOTHING);
        assertEquals(202, reply.status());
        verifyAndClean(put(reply.header("Location"), digest, blob), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void several_chunks_push(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(SEVERAL);
        Digest digest = Digest.of(algorithm, blob);
        String location = registry.startUpload(N);
        for (int from = 0; from < SEVERAL; from += 1024) {
            Wire.Reply chunk = patch(location, blob, from, Math.min(SEVERAL, from + 1024));
            assertEquals(202, chunk.status(), chunk.text());
            location = chunk.header("Location");
        }
        verifyAndClean(put(location, digest, NOTHING), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void last_chunk_may_be_in_the_put(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(SEVERAL);
        Digest digest = Digest.of(algorithm, blob);
        String location = registry.startUpload(N);
        location = patch(location, blob, 0, 2048).header("Location");
        verifyAndClean(putChunk(location, digest, blob, 2048, SEVERAL), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void chunk_out_of_order_is_416_and_harmless(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(SEVERAL);
        Digest digest = Digest.of(algorithm, blob);
        String location = registry.startUpload(N);
        int[] wrong = {1024, 2048, 0};
        for (int i = 0; i < 3; i++) {
            int from = i * 1024;
            Wire.Reply refused =
                    patch(location, blob, wrong[i], Math.min(SEVERAL, wrong[i] + 1024));
            assertOutOfOrder(refused, from);
            assertStatus(location, from);
            Wire.Reply chunk = patch(location, blob, from, Math.min(SEVERAL, from + 1024));
            assertEquals(202, chunk.status(), chunk.text());
            location = chunk.header("Location");
        }
        verifyAndClean(put(location, digest, NOTHING), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void last_chunk_out_of_order_is_416_and_the_upload_survives(DigestAlgorithm algorithm)
            throws IOException {
        byte[] blob = random(SEVERAL);
        Digest digest = Digest.of(algorithm, blob);
        String location = registry.startUpload(N);
        patch(location, blob, 0, 1024);
        assertOutOfOrder(putChunk(location, digest, blob, 2048, SEVERAL), 1024);
        assertStatus(location, 1024);
        patch(location, blob, 1024, 2048);
        assertOutOfOrder(putChunk(location, digest, blob, 0, 1024), 2048);
        assertStatus(location, 2048);
        verifyAndClean(putChunk(location, digest, blob, 2048, SEVERAL), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void first_chunk_again_at_the_stale_location_is_416_and_its_status_is_current(
            DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(2000);
        String first = registry.startUpload(N);
        Wire.Reply chunk = patch(first, blob, 0, 1000);
        assertEquals("0-999", chunk.header("Range"));
        assertEquals(416, patch(first, blob, 0, 1000).status());
        assertStatus(first, 1000);
        String location = patch(chunk.header("Location"), blob, 1000, 2000).header("Location");
        Digest digest = Digest.of(algorithm, blob);
        verifyAndClean(put(location, digest, NOTHING), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void cancelled_upload_is_gone(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(100);
        String location = registry.startUpload(N);
        patch(location, blob, 0, 100);
        assertEquals(204, registry.delete(location).status());
        assertEquals(404, registry.get(location).status());
        assertEquals(404, put(location, Digest.of(algorithm, blob), NOTHING).status());
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=500-1499,500,1499",
        "bytes=500-,500,2047",
        "bytes=-500,1548,2047",
        "bytes=2000-5000,2000,2047",
        "bytes=0-0,0,0",
        "bytes=-5000,0,2047"
    })
    void range_is_206_with_exactly_these_bytes(String range, int first, int last)
            throws IOException {
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            byte[] blob = random(2048);
            Digest digest = registry.pushBlob(N, blob, algorithm);
            Wire.Reply reply = registry.get("/v2/" + N + "/blobs/" + digest, "Range", range);
            assertEquals(206, reply.status());
            assertEquals("bytes " + first + "-" + last + "/2048", reply.header("Content-Range"));
            assertArrayEquals(Arrays.copyOfRange(blob, first, last + 1), reply.body());
        }
    }

    @ParameterizedTest
    @CsvSource({"bytes=500-0", "bytes=5000-10000", "bytes=2048-", "bytes=-0"})
    void range_outside_is_416(String range) throws IOException {
        Digest digest = registry.pushBlob(N, random(2048));
        Wire.Reply reply = registry.get("/v2/" + N + "/blobs/" + digest, "Range", range);
        assertEquals(416, reply.status());
        assertEquals("bytes */2048", reply.header("Content-Range"));
    }

    @ParameterizedTest
    @CsvSource({"lines=1-2", "bytes=a-b", "'bytes=0-1,5-6'", "bytes=-"})
    void range_that_is_none_or_several_gives_the_whole(String range) throws IOException {
        Digest digest = registry.pushBlob(N, random(2048));
        Wire.Reply reply = registry.get("/v2/" + N + "/blobs/" + digest, "Range", range);
        assertEquals(200, reply.status());
        assertEquals(2048, reply.body().length);
    }

    @ParameterizedTest
    @CsvSource({"SHA256,0", "SHA512,0", "SHA256,2", "SHA512,2"})
    void tiny_blobs_are_blobs(DigestAlgorithm algorithm, int length) throws IOException {
        byte[] blob = Arrays.copyOf("{}".getBytes(StandardCharsets.UTF_8), length);
        Digest digest = Digest.of(algorithm, blob);
        String target = UPLOADS + "?digest=" + digest;
        verifyAndClean(registry.send("POST", target, blob, OCTETS), digest, blob);
        verifyAndClean(put(registry.startUpload(N), digest, blob), digest, blob);
    }

    @ParameterizedTest
    @EnumSource
    void wrong_digest_is_400_however_it_is_pushed(DigestAlgorithm algorithm) throws IOException {
        byte[] good = random(SEVERAL);
        byte[] bad = Arrays.copyOf(good, SEVERAL + 5);
        System.arraycopy("oh no".getBytes(StandardCharsets.UTF_8), 0, bad, SEVERAL, 5);
        Digest digest = Digest.of(algorithm, good);

        assertDigestInvalid(registry.send("POST", UPLOADS + "?digest=" + digest, bad, OCTETS));
        assertDigestInvalid(put(registry.startUpload(N), digest, bad));

        String chunked = registry.startUpload(N);
        patch(chunked, bad, 0, 2048);
        patch(chunked, bad, 2048, bad.length);
        assertDigestInvalid(put(chunked, digest, NOTHING));

        String lastInPut = registry.startUpload(N);
        patch(lastInPut, bad, 0, 2048);
        assertDigestInvalid(putChunk(lastInPut, digest, bad, 2048, bad.length));
        assertEquals(404, registry.get(lastInPut).status(), "the bad bytes must not stay");

        String streamed = registry.startUpload(N);
        registry.sendChunked("PATCH", streamed, bad, OCTETS);
        assertDigestInvalid(put(streamed, digest, NOTHING));

        assertEquals(404, registry.head("/v2/" + N + "/blobs/" + digest).status());
    }

    @ParameterizedTest
    @EnumSource
    void digest_algorithm_can_be_announced(DigestAlgorithm algorithm) throws IOException {
        byte[] blob = random(3000);
        Digest digest = Digest.of(algorithm, blob);
        Wire.Reply started =
                registry.send("POST", UPLOADS + "?digest-algorithm=" + algorithm.token(), NOTHING);
        assertEquals(202, started.status());
        String location = patch(started.header("Location"), blob, 0, 3000).header("Location");
        verifyAndClean(put(location, digest, NOTHING), digest, blob);
    }

    private static Wire.Reply patch(String location, byte[] blob, int from, int to)
            throws IOException {
        return registry.send(
                "PATCH",
                location,
                Arrays.copyOfRange(blob, from, to),
                "Content-Type",
                "application/octet-stream",
                "Content-Range",
                from + "-" + (to - 1));
    }

    private static Wire.Reply put(String location, Digest digest, byte[] rest) throws IOException {
        return registry.send("PUT", with(location, "digest=" + digest), rest, OCTETS);
    }

    private static Wire.Reply putChunk(
            String location, Digest digest, byte[] blob, int from, int to) throws IOException {
        return registry.send(
                "PUT",
                with(location, "digest=" + digest),
                Arrays.copyOfRange(blob, from, to),
                "Content-Range",
                from + "-" + (to - 1));
    }

    private static void verifyAndClean(Wire.Reply reply, Digest digest, byte[] blob)
            throws IOException {
        assertEquals(201, reply.status(), reply.text());
        assertEquals("/v2/" + N + "/blobs/" + digest, reply.header("Location"));
        assertEquals(digest.toString(), reply.header("Docker-Content-Digest"));
        registry.assertBlob(N, digest, blob);
        registry.cleanBlob(N, digest);
    }

    private static void assertOutOfOrder(Wire.Reply reply, int stored) {
        assertEquals(416, reply.status());
        assertEquals("0-" + Math.max(0, stored - 1), reply.header("Range"));
        assertFalse(reply.header("Location").isEmpty());
    }

    private static void assertStatus(String location, int stored) throws IOException {
        Wire.Reply status = registry.get(location);
        assertEquals(204, status.status());
        assertEquals("0-" + Math.max(0, stored - 1), status.header("Range"));
        assertFalse(status.header("Location").isEmpty());
        assertEquals(204, registry.head(location).status());
    }

    private static void assertDigestInvalid(Wire.Reply reply) {
        assertEquals(400, reply.status());
        assertEquals("\"DIGEST_INVALID\"", reply.text().replaceAll(".*\"code\":([^,]*),.*", "$1"));
    }
}
