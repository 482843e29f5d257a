package dev.jbuild.registry.client;

import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Downloads from a server that hangs up in the middle (RFC 9110, section 14, "Range Requests").
class BrokenConnectionTest {
    private static final byte[] CONTENT = Images.random(1, 1000);
    private static final Descriptor BLOB = Descriptor.of(MediaType.OCI_LAYER, CONTENT);
    private static final RepositoryName APP = new RepositoryName("app");
    private static final String WHOLE = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nETag: \"tag\"";

    @TempDir Path directory;

    private ScriptedServer server;
    private DirectoryBlobStore store;

    @BeforeEach
    void start() throws IOException {
        server = new ScriptedServer();
        store = new DirectoryBlobStore(directory);
    }

    @AfterEach
    void stop() throws IOException {
        store.close();
        server.close();
    }

    @Test
    void download_goes_on_where_it_broke_off() throws Exception {
        server.then(WHOLE, part(0, 400))
                .then(
                        "HTTP/1.1 206 Partial Content\r\nContent-Length: 600\r\nContent-Range: bytes 400-999/1000",
                        part(400, 1000));
        fetch();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
        assertTrue(server.requests().get(1).contains("Range: bytes=400-"));
        assertTrue(server.requests().get(1).contains("If-Range: \"tag\""));
    }

    @Test
    void total_of_the_range_may_be_unknown() throws Exception {
        server.then(WHOLE, part(0, 400))
                .then(
                        "HTTP/1.1 206 Partial Content\r\nContent-Length: 600\r\nContent-Range: bytes 400-999/*",
                        part(400, 1000));
        fetch();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
    }

    @Test
    void server_without_ranges_is_read_again_from_the_start() throws Exception {
        server.then(WHOLE, part(0, 400)).then(WHOLE, CONTENT);
        fetch();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
    }

    @Test
    void many_breaks_are_survived_while_there_is_progress() throws Exception {
        server.then(WHOLE, part(0, 100));
        for (int at = 100; at < 1000; at += 100) {
            server.then(
                    "HTTP/1.1 206 Partial Content\r\nContent-Length: "
                            + (1000 - at)
                            + "\r\nContent-Range: bytes "
                            + at
                            + "-999/1000",
                    part(at, at + 100));
        }
        fetch();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
    }

    @Test
    void end_without_a_length_is_no_end_before_the_size() throws Exception {
        server.then("HTTP/1.1 200 OK", part(0, 400))
                .then(
                        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 400-999/1000",
                        part(400, 1000));
        fetch();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
    }

    @Test
    void other_range_than_asked_for_is_refused() {
        server.then(WHOLE, part(0, 400))
                .then(
                        "HTTP/1.1 206 Partial Content\r\nContent-Length: 700\r\nContent-Range: bytes 300-999/1000",
                        part(300, 1000));
        RegistryException e = assertThrows(RegistryException.class, this::fetch);
        assertEquals(
                url()
                        + ": asked for the bytes from 400 on, it sends the range 'bytes 300-999/1000'; the registry, or a proxy before it, is at fault",
                message(e));
    }

    @Test
    void blob_that_changed_meanwhile_is_not_kept() throws Exception {
        server.then(WHOLE, part(0, 400)).then(WHOLE, Images.random(2, 1000));
        RegistryException e = assertThrows(RegistryException.class, this::fetch);
        assertTrue(message(e).contains("the content hashes to sha256:"), message(e));
        assertTrue(store.size(BLOB.digest()).isEmpty());
    }

    @Test
    void server_that_never_gets_on_is_given_up() throws Exception {
        for (int i = 0; i < 5; i++) {
            server.then(WHOLE, new byte[0]);
        }
        RegistryException e = assertThrows(RegistryException.class, this::fetch);
        assertTrue(
                message(e).startsWith(url() + ": the connection failed: unexpected end of stream"),
                message(e));
        assertEquals(3, server.requests().size());
    }

    @Test
    void content_beyond_the_promised_size_is_not_read() throws Exception {
        server.then("HTTP/1.1 200 OK", Images.random(3, 5_000_000));
        RegistryException e = assertThrows(RegistryException.class, this::fetch);
        assertEquals(
                url()
                        + ": the registry sends more than the 1000 bytes promised; do not use the image, tell who runs the registry",
                message(e));
        assertTrue(store.size(BLOB.digest()).isEmpty());
    }

    @Test
    void answer_that_is_no_http_is_told() {
        server.then("SSH-2.0-OpenSSH_9.2", new byte[0]);
        RegistryException e = assertThrows(RegistryException.class, this::fetch);
        assertFalse(e.status().isPresent());
    }

    private void fetch() throws IOException, InterruptedException {
        new RegistryClient(
                        server.registry(),
                        RegistryOptions.standard()
                                .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)))
                .fetchBlob(APP, BLOB, store);
    }

    private String url() {
        return "GET http://" + server.registry() + "/v2/app/blobs/" + BLOB.digest();
    }

    private static byte[] part(int from, int to) {
        return Arrays.copyOfRange(CONTENT, from, to);
    }
}
