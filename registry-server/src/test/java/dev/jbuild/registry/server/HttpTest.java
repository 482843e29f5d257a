package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP/1.1 on the wire (RFC 9112), and clients that are broken or mean no good.
class HttpTest {
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

    @AfterEach
    void server_still_answers() throws IOException {
        assertEquals(200, registry.get("/v2/").status());
    }

    @Test
    void refusal_comes_instead_of_100_continue() throws IOException {
        try (Wire wire = registry.connect()) {
            wire.raw(
                    expecting("PATCH", "/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000"));
            Wire.Reply reply = wire.anyReply("PATCH");
            assertEquals(404, reply.status());
            assertEquals("close", reply.header("Connection"));
        }
        String location = registry.startUpload("expect");
        try (Wire wire = registry.connect()) {
            wire.raw(expecting("PATCH", location, "Content-Range", "5-104"));
            assertEquals(416, wire.anyReply("PATCH").status());
        }
        try (Wire wire = registry.connect()) {
            wire.raw(expecting("PUT", "/v2/expect/manifests/-bad-"));
            assertEquals(400, wire.anyReply("PUT").status());
        }
    }

    @Test
    void manifest_announced_as_too_large_is_refused_before_it_is_sent() throws IOException {
        try (Wire wire = registry.connect()) {
            wire.raw(
                    Wire.head("PUT", "/v2/large/manifests/v1", "Expect", "100-continue")
                            + "Content-Length: 5000000\r\n\r\n");
            assertEquals(413, wire.anyReply("PUT").status());
        }
    }

    @Test
    void client_that_waits_is_told_to_continue() throws IOException {
        byte[] blob = random(100);
        String location = registry.startUpload("continue");
        try (Wire wire = registry.connect()) {
            wire.raw(expecting("PUT", location + "?digest=" + Digest.sha256(blob)));
            assertEquals(100, wire.anyReply("PUT").status());
            wire.raw(blob);
            assertEquals(201, wire.anyReply("PUT").status());
        }
        registry.assertBlob("continue", Digest.sha256(blob), blob);
    }

    @Test
    void manifest_may_come_chunked() throws IOException {
        byte[] manifest = registry.image("chunked");
        Wire.Reply reply =
                registry.sendChunked(
                        "PUT",
                        "/v2/chunked/manifests/v1",
                        manifest,
                        "Content-Type",
                        MediaType.OCI_MANIFEST.value());
        assertEquals(201, reply.status(), reply.text());
        assertArrayEquals(manifest, registry.get("/v2/chunked/manifests/v1").body());
    }

    @Test
    void requests_sent_at_once_are_answered_in_order() throws IOException {
        byte[] blob = random(200_000);
        Digest digest = registry.pushBlob("pipeline", blob);
        try (Wire wire = registry.connect()) {
            String get = Wire.head("GET", "/v2/pipeline/blobs/" + digest) + "\r\n";
            wire.raw(get + Wire.head("GET", "/v2/") + "\r\n" + get);
            assertArrayEquals(blob, wire.reply("GET").body());
            assertEquals("{}", wire.reply("GET").text());
            assertArrayEquals(blob, wire.reply("GET").body());
        }
    }

    @Test
    void many_small_requests_sent_at_once_are_answered_in_order_and_to_the_last()
            throws IOException {
        byte[] manifest = registry.pushImage("burst", "v1");
        Digest digest = Digest.sha256(manifest);
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            requests.append(Wire.head("GET", "/v2/burst/manifests/v1")).append("\r\n");
            requests.append(Wire.head("HEAD", "/v2/burst/manifests/" + digest)).append("\r\n");
            requests.append(Wire.head("GET", "/v2/burst/manifests/none")).append("\r\n");
        }
        requests.append(Wire.head("GET", "/v2/", "Connection", "close")).append("\r\n");
        try (Wire wire = registry.connect()) {
            wire.raw(requests.toString());
            for (int i = 0; i < 500; i++) {
                assertArrayEquals(manifest, wire.reply("GET").body());
                assertEquals(digest.toString(), wire.reply("HEAD").header("Docker-Content-Digest"));
                assertEquals(404, wire.reply("GET").status());
            }
            Wire.Reply last = wire.reply("GET");
            assertEquals("{}", last.text());
            assertEquals("close", last.header("Connection"));
        }
    }

    @Test
    void a_client_that_takes_no_answers_is_not_listened_to_for_ever() throws Exception {
        registry.pushImage("deaf", "v1");
        byte[] requests =
                (Wire.head("GET", "/v2/deaf/manifests/v1") + "\r\n")
                        .repeat(500)
                        .getBytes(StandardCharsets.ISO_8859_1);
        long sent = 0;
        try (SocketChannel deaf = SocketChannel.open()) {
            deaf.setOption(StandardSocketOptions.SO_RCVBUF, 16 * 1024);
            deaf.connect(registry.server.address());
            deaf.configureBlocking(false);
            for (int idle = 0; idle < 20 && sent < 100_000_000; ) {
                int taken = deaf.write(ByteBuffer.wrap(requests));
                sent += taken;
                idle = taken == 0 ? idle + 1 : 0;
                if (taken == 0) {
                    Thread.sleep(50);
                }
            }
        }
        assertTrue(sent < 100_000_000, "the server took " + sent + " bytes of requests");
    }

    @Test
    void body_nobody_wants_is_skipped_and_the_connection_goes_on() throws IOException {
        try (Wire wire = registry.connect()) {
            assertEquals(405, wire.send("PUT", "/v2/", random(10_000)).status());
            assertEquals(200, wire.send("GET", "/v2/", Registry.NOTHING).status());
        }
    }

    @Test
    void large_body_nobody_wants_does_not_hide_the_refusal() throws IOException {
        try (Wire wire = registry.connect()) {
            Wire.Reply reply = wire.send("PUT", "/v2/", random(2_000_000));
            assertEquals(405, reply.status());
            assertEquals("close", reply.header("Connection"));
            assertTrue(wire.isClosedByServer());
        }
    }

    @Test
    void absolute_target_and_http_1_0_are_understood() throws IOException {
        try (Wire wire = registry.connect()) {
            wire.raw("GET http://registry.test/v2/ HTTP/1.1\r\nHost: registry.test\r\n\r\n");
            assertEquals(200, wire.reply("GET").status());
            wire.raw("GET /v2/ HTTP/1.0\r\n\r\n");
            assertEquals(200, wire.reply("GET").status());
            assertTrue(wire.isClosedByServer());
        }
        try (Wire wire = registry.connect()) {
            wire.raw("GET /v2/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertEquals("keep-alive", wire.reply("GET").header("Connection"));
            wire.raw("GET /v2/ HTTP/1.0\r\n\r\n");
            assertEquals(200, wire.reply("GET").status());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v2/ HTTP/1.1\r\n\r\n",
                "GET /v2/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "GET\r\n\r\n",
                "\u0000\u0001\u0002\u0003\r\n\r\n",
                "GET /v2/ HTTP/9.9\r\nHost: a\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST /v2/a/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked, identity\r\nContent-Length: 3\r\n\r\nabc",
                "GET /v2/ HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n"
            })
    void request_that_is_no_http_or_ambiguous_is_400_and_closed(String bytes) throws IOException {
        try (Wire wire = registry.connect()) {
            wire.raw(bytes);
            assertEquals(400, wire.reply("GET").status());
            assertTrue(wire.isClosedByServer());
        }
    }

    @Test
    void headers_and_request_line_have_limits() throws IOException {
        try (Wire wire = registry.connect()) {
            wire.raw("GET /v2/" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertEquals(414, wire.reply("GET").status());
        }
        try (Wire wire = registry.connect()) {
            wire.raw(Wire.head("GET", "/v2/", "X-Large", "a".repeat(70_000)) + "\r\n");
            assertEquals(431, wire.reply("GET").status());
        }
    }

    @Test
    void broken_chunk_ends_the_request_and_keeps_what_came_before() throws IOException {
        String location = registry.startUpload("brokenchunk");
        try (Wire wire = registry.connect()) {
            wire.raw(
                    Wire.head("PATCH", location, "Transfer-Encoding", "chunked")
                            + "\r\n5\r\nhello\r\nnonsense\r\n");
            assertEquals(400, wire.reply("PATCH").status());
        }
        assertEquals("0-4", registry.get(location).header("Range"));
    }

    @Test
    void clients_that_send_nothing_or_take_nothing_do_not_hold_up_others() throws IOException {
        byte[] blob = random(8_000_000);
        Digest digest = registry.pushBlob("slow", blob);
        List<Wire> lazy = new ArrayList<>();
        try {
            for (int i = 0; i < 200; i++) {
                Wire idle = registry.connect();
                lazy.add(idle);
                idle.raw("GET /v2/ HTT");
                Wire deaf = registry.connect();
                lazy.add(deaf);
                deaf.raw(Wire.head("GET", "/v2/slow/blobs/" + digest) + "\r\n");
                Wire stuck = registry.connect();
                lazy.add(stuck);
                stuck.raw(
                        Wire.head("PATCH", registry.startUpload("slow"))
                                + "Content-Length: 1000\r\n\r\nabc");
            }
            long start = System.nanoTime();
            registry.assertBlob("slow", digest, blob);
            assertTrue(System.nanoTime() - start < 5_000_000_000L, "others had to wait");
        } finally {
            for (Wire wire : lazy) {
                wire.close();
            }
        }
    }

    /// A seed, so that a failure can be had again.
    @Test
    void random_bytes_do_no_harm() throws IOException {
        Random random = new Random(42);
        byte[] valid =
                (Wire.head("PATCH", registry.startUpload("fuzz"), "Content-Range", "0-4")
                                + "Content-Length: 5\r\n\r\nhello")
                        .getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 300; round++) {
            byte[] bytes = valid.clone();
            for (int i = 0; i <= random.nextInt(8); i++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try (Wire wire = registry.connect()) {
                wire.raw(bytes);
            }
        }
    }

    private static String expecting(String method, String target, String... headers) {
        return Wire.head(method, target, headers)
                + "Expect: 100-continue\r\nContent-Length: 100\r\n\r\n";
    }
}
