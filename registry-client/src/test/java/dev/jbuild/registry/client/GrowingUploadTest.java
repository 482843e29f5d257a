package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.patch;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DirectoryBlobStore;
import dev.jbuild.store.GrowingBlob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Blobs sent while they are written: distribution-spec 1.1, "Pushing a blob in chunks", with one
/// chunk of unknown length.
class GrowingUploadTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final byte[] CONTENT = Images.random(3, 700_000);
    private static final String UPLOADS = "/v2/app/blobs/uploads/";

    @TempDir Path directory;

    private WireMockServer server;
    private DirectoryBlobStore store;
    private BlobWriter writer;

    @BeforeEach
    void start() throws IOException {
        server = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        server.start();
        server.stubFor(get("/v2/").willReturn(ok()));
        server.stubFor(
                post(urlPathEqualTo(UPLOADS))
                        .willReturn(status(202).withHeader("Location", "/session?_state=1")));
        server.stubFor(delete(urlPathEqualTo("/session")).willReturn(status(204)));
        store = new DirectoryBlobStore(directory);
        writer = store.create();
    }

    @AfterEach
    void stop() throws IOException {
        writer.close();
        server.stop();
        store.close();
    }

    @Test
    void content_goes_with_one_patch_and_its_digest_with_the_put() throws Exception {
        server.stubFor(
                patch(urlPathEqualTo("/session"))
                        .willReturn(status(202).withHeader("Location", "/session?_state=2")));
        server.stubFor(put(urlPathEqualTo("/session")).willReturn(status(201)));
        try (GrowingBlob blob = writer.follow()) {
            Thread writing = Thread.ofVirtual().start(this::writeInPieces);
            upload(blob, () -> true);
            writing.join();
        }
        LoggedRequest sent = requests("PATCH").getFirst();
        assertArrayEquals(CONTENT, sent.getBody());
        assertEquals("chunked", sent.getHeader("Transfer-Encoding"));
        assertEquals(
                "/session?_state=2&digest=sha256%3A" + Digest.sha256(CONTENT).hex(),
                requests("PUT").getFirst().getUrl());
        assertEquals(0, requests("DELETE").size());
    }

    @Test
    void registry_that_takes_no_chunks_is_told_that_nothing_comes() throws Exception {
        server.stubFor(any(urlPathEqualTo("/session")).atPriority(10).willReturn(status(405)));
        try (GrowingBlob blob = writer.follow()) {
            writeInPieces();
            IOException refused = assertThrows(IOException.class, () -> upload(blob, () -> true));
            assertTrue(message(refused).contains("405"), message(refused));
        }
        assertEquals(1, requests("PATCH").size());
        assertEquals(1, requests("DELETE").size());
    }

    @Test
    void blob_that_is_given_up_is_given_up_in_the_registry() throws Exception {
        server.stubFor(patch(urlPathEqualTo("/session")).willReturn(status(202)));
        try (GrowingBlob blob = writer.follow()) {
            writer.write(ByteBuffer.wrap(CONTENT, 0, 1000));
            writer.close();
            assertThrows(IOException.class, () -> upload(blob, () -> true));
        }
        assertEquals(0, requests("PUT").size());
        assertEquals(1, requests("DELETE").size());
    }

    @Test
    void upload_that_nobody_wants_any_more_is_ended() throws Exception {
        server.stubFor(patch(urlPathEqualTo("/session")).willReturn(status(202)));
        try (GrowingBlob blob = writer.follow()) {
            writeInPieces();
            assertThrows(IOException.class, () -> upload(blob, () -> false));
        }
        assertEquals(0, requests("PUT").size());
        assertEquals(1, requests("DELETE").size());
    }

    @Test
    void registry_that_stores_something_else_is_not_believed() throws Exception {
        server.stubFor(
                patch(urlPathEqualTo("/session"))
                        .willReturn(status(202).withHeader("Location", "/session")));
        server.stubFor(
                put(urlPathEqualTo("/session"))
                        .willReturn(
                                status(201)
                                        .withHeader(
                                                "Docker-Content-Digest",
                                                Digest.sha256(new byte[1]).toString())));
        try (GrowingBlob blob = writer.follow()) {
            writeInPieces();
            IOException other = assertThrows(IOException.class, () -> upload(blob, () -> true));
            assertTrue(message(other).contains("in place of"), message(other));
        }
    }

    private void writeInPieces() {
        try {
            for (int at = 0; at < CONTENT.length; at += 70_000) {
                writer.write(ByteBuffer.wrap(CONTENT, at, 70_000));
            }
            writer.commit();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void upload(GrowingBlob blob, BooleanSupplier wanted)
            throws IOException, InterruptedException {
        RegistryOptions options =
                RegistryOptions.standard()
                        .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(10));
        new RegistryClient("127.0.0.1:" + server.port(), options).uploadGrowing(APP, blob, wanted);
    }

    private List<LoggedRequest> requests(String method) {
        return server.findAll(anyRequestedFor(anyUrl())).stream()
                .filter(request -> request.getMethod().getName().equals(method))
                .toList();
    }
}
