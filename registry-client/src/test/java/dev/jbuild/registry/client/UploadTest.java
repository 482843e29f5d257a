package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathMatching;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// distribution-spec 1.1, "Pushing blobs", at registries of all kinds.
class UploadTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final byte[] SMALL = Images.random(1, 1000);
    private static final byte[] LARGE = Images.random(2, 200_000);
    private static final String UPLOADS = "/v2/app/blobs/uploads/";

    @TempDir Path directory;

    private final Queue<TransferEvent> events = new ConcurrentLinkedQueue<>();
    private WireMockServer server;
    private DirectoryBlobStore store;

    @BeforeEach
    void start() throws IOException {
        server = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        server.start();
        server.stubFor(get("/v2/").willReturn(ok()));
        server.stubFor(
                head(urlPathMatching("/v2/app/blobs/.*")).atPriority(10).willReturn(status(404)));
        store = new DirectoryBlobStore(directory);
    }

    @AfterEach
    void stop() throws IOException {
        server.stop();
        store.close();
    }

    @Test
    void small_blob_goes_with_one_post() throws Exception {
        server.stubFor(
                post(urlPathEqualTo(UPLOADS))
                        .withQueryParam("digest", equalTo(blob(SMALL).digest().toString()))
                        .willReturn(status(201)));
        upload(SMALL, Optional.empty());
        assertArrayEquals(SMALL, requests("POST").getFirst().getBody());
        assertEquals(0, requests("PUT").size());
    }

    @Test
    void registry_that_takes_no_content_with_post_gets_it_with_put() throws Exception {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(put(urlPathEqualTo("/session")).willReturn(status(201)));
        upload(SMALL, Optional.empty());
        assertArrayEquals(SMALL, requests("PUT").getFirst().getBody());
        assertEquals(1, requests("POST").size());
    }

    @Test
    void large_blob_goes_with_post_and_put_and_its_length() throws Exception {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(
                put(urlPathEqualTo("/session"))
                        .withQueryParam("digest", equalTo(blob(LARGE).digest().toString()))
                        .willReturn(status(201)));
        upload(LARGE, Optional.empty());
        assertArrayEquals(LARGE, requests("PUT").getFirst().getBody());
        assertEquals("200000", requests("PUT").getFirst().getHeader("Content-Length"));
        assertEquals(0, requests("POST").getFirst().getBody().length);
    }

    @Test
    void query_of_the_location_is_kept_as_it_is() throws Exception {
        server.stubFor(
                post(urlPathEqualTo(UPLOADS))
                        .willReturn(accepted("session?_state=a%2Fb%3D%3D&x=1+2")));
        server.stubFor(any(urlPathEqualTo(UPLOADS + "session")).willReturn(status(201)));
        upload(LARGE, Optional.empty());
        assertEquals(
                UPLOADS
                        + "session?_state=a%2Fb%3D%3D&x=1+2&digest=sha256%3A"
                        + blob(LARGE).digest().hex(),
                requests("PUT").getFirst().getUrl());
    }

    @Test
    void upload_to_another_host_goes_without_authorization() throws Exception {
        WireMockServer storage =
                new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        storage.start();
        try {
            storage.stubFor(
                    put(urlPathEqualTo("/bucket"))
                            .withHeader("Authorization", absent())
                            .willReturn(status(201)));
            server.stubFor(
                    get("/v2/")
                            .willReturn(
                                    status(401)
                                            .withHeader("WWW-Authenticate", "Basic realm=\"x\"")));
            server.stubFor(
                    post(urlPathEqualTo(UPLOADS))
                            .willReturn(accepted(storage.baseUrl() + "/bucket")));
            upload(LARGE, Optional.empty());
            assertArrayEquals(
                    LARGE,
                    storage.findAll(putRequestedFor(urlPathEqualTo("/bucket")))
                            .getFirst()
                            .getBody());
        } finally {
            storage.stop();
        }
    }

    @Test
    void mount_that_is_refused_becomes_an_upload() throws Exception {
        server.stubFor(
                post(urlPathEqualTo(UPLOADS))
                        .withQueryParam("from", equalTo("base"))
                        .willReturn(status(403)));
        server.stubFor(
                post(urlPathEqualTo(UPLOADS))
                        .withQueryParam("from", absent())
                        .willReturn(accepted("/session")));
        server.stubFor(put(urlPathEqualTo("/session")).willReturn(status(201)));
        upload(LARGE, Optional.of(new RepositoryName("base")));
        assertEquals(TransferEvent.Outcome.TRANSFERRED, outcome());
    }

    @Test
    void session_that_comes_in_place_of_a_mount_is_used() throws Exception {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(put(urlPathEqualTo("/session")).willReturn(status(201)));
        upload(LARGE, Optional.of(new RepositoryName("base")));
        assertEquals(1, requests("POST").size());
        assertTrue(requests("POST").getFirst().getUrl().contains("from=base"));
    }

    @Test
    void upload_that_fails_begins_again_by_asking_for_the_blob() throws Exception {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(
                put(urlPathEqualTo("/session"))
                        .inScenario("s")
                        .whenScenarioStateIs(STARTED)
                        .willReturn(status(503))
                        .willSetStateTo("stored"));
        server.stubFor(
                head(urlPathEqualTo("/v2/app/blobs/" + blob(LARGE).digest()))
                        .inScenario("s")
                        .whenScenarioStateIs("stored")
                        .willReturn(ok()));
        upload(LARGE, Optional.empty());
        assertEquals(TransferEvent.Outcome.PRESENT, outcome());
        assertEquals(1, requests("PUT").size());
    }

    @Test
    void refusal_of_the_size_is_told() {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(put(urlPathEqualTo("/session")).willReturn(status(413)));
        RegistryException e =
                assertThrows(RegistryException.class, () -> upload(LARGE, Optional.empty()));
        assertTrue(message(e).endsWith(": 413: too large for this registry"), message(e));
    }

    @Test
    void answer_without_a_location_is_told() {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(status(202)));
        RegistryException e =
                assertThrows(RegistryException.class, () -> upload(LARGE, Optional.empty()));
        assertEquals(
                "POST http://127.0.0.1:"
                        + server.port()
                        + UPLOADS
                        + ": the answer has no usable Location; the registry, or a proxy before it, is at fault",
                message(e));
    }

    @Test
    void registry_that_stored_something_else_is_told() {
        server.stubFor(post(urlPathEqualTo(UPLOADS)).willReturn(accepted("/session")));
        server.stubFor(
                put(urlPathEqualTo("/session"))
                        .willReturn(
                                status(201)
                                        .withHeader(
                                                "Docker-Content-Digest",
                                                blob(SMALL).digest().toString())));
        assertThrows(RegistryException.class, () -> upload(LARGE, Optional.empty()));
    }

    @Test
    void blob_that_is_not_in_the_store_is_told_before_anything_is_sent() {
        Descriptor missing = blob(Images.random(3, 10));
        IOException e =
                assertThrows(
                        IOException.class,
                        () -> client().uploadBlob(APP, missing, store, Optional.empty()));
        assertEquals(
                "blob " + missing.digest() + " is not in the store: build or pull the image again",
                message(e));
        assertEquals(0, requests("POST").size());
    }

    private static ResponseDefinitionBuilder accepted(String location) {
        return aResponse().withStatus(202).withHeader("Location", location);
    }

    private static Descriptor blob(byte[] content) {
        return Descriptor.of(MediaType.OCI_LAYER, content);
    }

    private void upload(byte[] content, Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        Images.put(store, content);
        client().uploadBlob(APP, blob(content), store, mountFrom);
    }

    private TransferEvent.Outcome outcome() {
        return events.stream()
                .filter(TransferEvent.Finished.class::isInstance)
                .map(event -> ((TransferEvent.Finished) event).outcome())
                .findFirst()
                .orElseThrow();
    }

    private List<LoggedRequest> requests(String method) {
        return server.findAll(anyRequestedFor(anyUrl())).stream()
                .filter(request -> request.getMethod().getName().equals(method))
                .toList();
    }

    private RegistryClient client() {
        return new RegistryClient(
                "127.0.0.1:" + server.port(),
                RegistryOptions.standard()
                        .with(
                                new CredentialSource.Fixed(
                                        "127.0.0.1:" + server.port(),
                                        new Credentials.Password("alice", "secret")))
                        .withEvents(events::add)
                        .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
    }
}
