package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.registry.server.netty.TlsConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The registry by HTTP/2, as a client sees it that is not ours: the JDK's.
@Timeout(120)
class Http2Test {
    private static final int LARGE = 100 * 1024 * 1024;

    /// Of a body.
    private static final int HALF = 20 * 16 * 1024;

    @TempDir static Path directory;
    private static TlsConfig tls;
    private static KeyStore server;
    private static Registry registry;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        server = Certificates.make(directory, "CN=localhost", "EC");
        tls =
                new TlsConfig(
                        Files.writeString(directory.resolve("cert"), Certificates.pem(server)),
                        Files.writeString(directory.resolve("key"), Certificates.keyPem(server)),
                        Optional.empty(),
                        false);
        registry =
                new Registry(directory.resolve("root"), config -> config.withTls(Optional.of(tls)));
        client = client();
    }

    @AfterAll
    static void stop() {
        client.close();
        registry.close();
    }

    private static HttpClient client() throws Exception {
        return HttpClient.newBuilder()
                .sslContext(Certificates.trusting(server, Optional.empty()))
                .build();
    }

    @Test
    void an_image_goes_in_and_out() throws Exception {
        byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
        byte[] layer = Registry.random(1_000_000);
        push(config);
        String place =
                send(request("POST", "/v2/app/blobs/uploads/", Registry.NOTHING))
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        HttpResponse<byte[]> patch =
                send(
                        to(place)
                                .method(
                                        "PATCH",
                                        HttpRequest.BodyPublishers.ofInputStream(
                                                () -> new ByteArrayInputStream(layer)))
                                .header("Content-Type", "application/octet-stream"));
        assertEquals(202, patch.statusCode());
        assertEquals("0-999999", patch.headers().firstValue("Range").orElseThrow());
        place = patch.headers().firstValue("Location").orElseThrow();
        String last = Registry.with(place, "digest=" + Digest.sha256(layer));
        assertEquals(201, send(request("PUT", last, Registry.NOTHING)).statusCode());
        byte[] manifest =
                OciJson.encode(
                                ImageManifest.of(
                                        Descriptor.of(MediaType.OCI_CONFIG, config),
                                        List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                        .bytes();
        HttpResponse<byte[]> put =
                send(
                        request("PUT", "/v2/app/manifests/v1", manifest)
                                .header("Content-Type", MediaType.OCI_MANIFEST.value()));
        assertEquals(201, put.statusCode());
        for (int i = 0; i < 2; i++) { // from the database, and from memory
            HttpResponse<byte[]> get = send(to("/v2/app/manifests/v1"));
            assertEquals(200, get.statusCode());
            assertArrayEquals(manifest, get.body());
            assertTrue(get.headers().firstValue("X-Request-Id").isPresent());
        }
        assertArrayEquals(layer, send(to("/v2/app/blobs/" + Digest.sha256(layer))).body());
        assertEquals(202, send(to("/v2/app/manifests/v1").DELETE()).statusCode());
        assertEquals(404, send(to("/v2/app/manifests/v1")).statusCode());
    }

    @Test
    void head_tells_what_get_would_send() throws Exception {
        byte[] blob = Registry.random(123_456);
        String target = "/v2/app/blobs/" + push(blob);
        HttpResponse<byte[]> head = send(to(target).HEAD());
        assertEquals(200, head.statusCode());
        assertEquals("123456", head.headers().firstValue("Content-Length").orElseThrow());
        assertEquals(0, head.body().length);
        String tag = head.headers().firstValue("ETag").orElseThrow();
        assertEquals(304, send(to(target).header("If-None-Match", tag)).statusCode());
    }

    @Test
    void a_range_is_sent_alone() throws Exception {
        byte[] blob = Registry.random(300_000);
        String target = "/v2/app/blobs/" + push(blob);
        HttpResponse<byte[]> part = send(to(target).header("Range", "bytes=100000-249999"));
        assertEquals(206, part.statusCode());
        assertEquals(
                "bytes 100000-249999/300000",
                part.headers().firstValue("Content-Range").orElseThrow());
        assertArrayEquals(Arrays.copyOfRange(blob, 100_000, 250_000), part.body());
        assertEquals(416, send(to(target).header("Range", "bytes=300000-")).statusCode());
    }

    @Test
    void many_requests_share_a_connection() throws Exception {
        List<byte[]> blobs = new ArrayList<>();
        List<CompletableFuture<HttpResponse<byte[]>>> pushes = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            byte[] blob = Registry.random(100_000);
            blobs.add(blob);
            pushes.add(sendAsync(pushing(blob)));
        }
        for (CompletableFuture<HttpResponse<byte[]>> push : pushes) {
            assertEquals(201, push.get().statusCode());
        }
        List<CompletableFuture<HttpResponse<byte[]>>> pulls = new ArrayList<>();
        for (byte[] blob : blobs) {
            pulls.add(sendAsync(to("/v2/app/blobs/" + Digest.sha256(blob))));
        }
        for (int i = 0; i < blobs.size(); i++) {
            assertArrayEquals(blobs.get(i), pulls.get(i).get().body());
        }
    }

    @Test
    void a_large_blob_goes_in_and_out_beside_small_requests() throws Exception {
        Digest digest = digest(new Noise(LARGE));
        CompletableFuture<HttpResponse<byte[]>> push =
                sendAsync(
                        to("/v2/app/blobs/uploads/?digest=" + digest)
                                .POST(
                                        HttpRequest.BodyPublishers.ofInputStream(
                                                () -> new Noise(LARGE)))
                                .header("Content-Type", "application/octet-stream"));
        int beside = 0;
        while (!push.isDone()) {
            assertEquals(200, send(to("/v2/")).statusCode());
            beside++;
        }
        assertTrue(beside > 1, "nothing else was answered meanwhile");
        assertEquals(201, push.get().statusCode());
        HttpResponse<InputStream> pull =
                client.send(
                        to("/v2/app/blobs/" + digest).build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        assertEquals(HttpClient.Version.HTTP_2, pull.version());
        try (InputStream body = pull.body()) {
            assertEquals(digest, digest(body));
        }
    }

    @Test
    void a_refusal_comes_before_the_end_of_the_body_and_the_connection_goes_on() throws Exception {
        for (int i = 0; i < 10; i++) {
            HttpResponse<byte[]> refused = send(request("PUT", "/v2/", new byte[3_000_000]));
            assertEquals(405, refused.statusCode());
            assertEquals(200, send(to("/v2/")).statusCode());
        }
    }

    @Test
    void an_upload_that_breaks_off_goes_on_where_it_was() throws Exception {
        byte[] blob = Registry.random(2 * HALF);
        String place =
                send(request("POST", "/v2/app/blobs/uploads/", Registry.NOTHING))
                        .headers()
                        .firstValue("Location")
                        .orElseThrow();
        CountDownLatch never = new CountDownLatch(1);
        try (HttpClient other = client()) {
            CompletableFuture<HttpResponse<byte[]>> half =
                    other.sendAsync(
                            to(place)
                                    .method(
                                            "PATCH",
                                            HttpRequest.BodyPublishers.ofInputStream(
                                                    () -> firstHalf(blob, never)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            while (received(place) < HALF / 2) {
                Thread.sleep(50);
            }
            half.cancel(true);
            never.countDown();
            other.shutdownNow();
        }
        int status = 416; // as long as something of the first half is on its way
        while (status == 416) {
            int from = received(place);
            HttpRequest.Builder rest =
                    request("PATCH", place, Arrays.copyOfRange(blob, from, 2 * HALF))
                            .header("Content-Type", "application/octet-stream")
                            .header("Content-Range", from + "-" + (2 * HALF - 1));
            status = send(rest).statusCode();
        }
        assertEquals(202, status);
        String last = Registry.with(place, "digest=" + Digest.sha256(blob));
        assertEquals(201, send(request("PUT", last, Registry.NOTHING)).statusCode());
        assertArrayEquals(blob, send(to("/v2/app/blobs/" + Digest.sha256(blob))).body());
    }

    /// Half of it, and then nothing, until the test is over.
    private static InputStream firstHalf(byte[] blob, CountDownLatch over) {
        return new SequenceInputStream(
                new ByteArrayInputStream(blob, 0, HALF),
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        try {
                            over.await();
                            return -1;
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    }

                    @Override
                    public int read(byte[] into, int from, int length) throws IOException {
                        return read();
                    }
                });
    }

    private static int received(String place) throws Exception {
        String range = send(to(place)).headers().firstValue("Range").orElseThrow();
        return Integer.parseInt(range.substring(range.indexOf('-') + 1)) + 1;
    }

    @Test
    void a_server_that_stops_lets_uploads_end() throws Exception {
        Registry second =
                new Registry(
                        directory.resolve("second"), config -> config.withTls(Optional.of(tls)));
        URI base = URI.create("https://localhost:" + second.server.address().getPort());
        byte[] blob = Registry.random(2 * HALF);
        CountDownLatch goOn = new CountDownLatch(1);
        try (HttpClient other = client()) {
            CompletableFuture<HttpResponse<byte[]>> push =
                    other.sendAsync(
                            HttpRequest.newBuilder(
                                            base.resolve(
                                                    "/v2/app/blobs/uploads/?digest="
                                                            + Digest.sha256(blob)))
                                    .POST(
                                            HttpRequest.BodyPublishers.ofInputStream(
                                                    () -> paused(blob, goOn)))
                                    .header("Content-Type", "application/octet-stream")
                                    .build(),
                            HttpResponse.BodyHandlers.ofByteArray());
            while (!isUploading(directory.resolve("second"))) {
                Thread.sleep(10);
            }
            Thread closing = Thread.startVirtualThread(second::close);
            Thread.sleep(500);
            assertFalse(push.isDone());
            goOn.countDown();
            assertEquals(201, push.get().statusCode());
            closing.join();
        }
        try (Registry again = new Registry(directory.resolve("second"))) {
            again.assertBlob("app", Digest.sha256(blob), blob);
        }
    }

    private static boolean isUploading(Path root) throws IOException {
        try (Stream<Path> uploads = Files.list(root.resolve("uploads"))) {
            return uploads.findAny().isPresent();
        }
    }

    private static InputStream paused(byte[] blob, CountDownLatch goOn) {
        return new SequenceInputStream(
                firstHalf(blob, goOn), new ByteArrayInputStream(blob, HALF, HALF));
    }

    /// The same bytes each time, without holding them.
    private static final class Noise extends InputStream {
        private final Random random = new Random(7);
        private final byte[] block = new byte[64 * 1024];
        private final int size;
        private int position;

        Noise(int size) {
            this.size = size;
            random.nextBytes(block);
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("byte by byte");
        }

        @Override
        public int read(byte[] into, int from, int length) {
            if (position == size) {
                return -1;
            }
            int at = position % block.length;
            int count = Math.min(Math.min(length, size - position), block.length - at);
            System.arraycopy(block, at, into, from, count);
            position += count;
            return count;
        }
    }

    private static Digest digest(InputStream in) throws Exception {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        byte[] buffer = new byte[64 * 1024];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            sha.update(buffer, 0, count);
        }
        return Digest.parse("sha256:" + HexFormat.of().formatHex(sha.digest()));
    }

    private static Digest push(byte[] blob) throws Exception {
        assertEquals(201, send(pushing(blob)).statusCode());
        return Digest.sha256(blob);
    }

    private static HttpRequest.Builder pushing(byte[] blob) {
        return request("POST", "/v2/app/blobs/uploads/?digest=" + Digest.sha256(blob), blob)
                .header("Content-Type", "application/octet-stream");
    }

    private static HttpRequest.Builder request(String method, String target, byte[] body) {
        return to(target).method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    }

    private static HttpRequest.Builder to(String target) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + registry.server.address().getPort())
                        .resolve(target));
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request) throws Exception {
        HttpResponse<byte[]> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(HttpClient.Version.HTTP_2, response.version());
        return response;
    }

    private static CompletableFuture<HttpResponse<byte[]>> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
