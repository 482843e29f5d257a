package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.head;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Encoded;
import dev.jbuild.oci.ImageIndex;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.oci.Platform;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Registries that lie, refuse and send elsewhere.
class HostileRegistryTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.UTF_8);
    private static final Descriptor BLOB = Descriptor.of(MediaType.OCI_LAYER, CONTENT);
    private static final String BLOB_PATH = "/v2/app/blobs/" + BLOB.digest();
    private static final String MANIFEST_PATH = "/v2/app/manifests/v1";
    private static final Encoded<ImageManifest> IMAGE =
            OciJson.encode(ImageManifest.of(BLOB, List.of()));

    @TempDir Path directory;

    private final Queue<TransferEvent> events = new ConcurrentLinkedQueue<>();
    private WireMockServer server;
    private DirectoryBlobStore store;

    @BeforeEach
    void start() throws IOException {
        server = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        server.start();
        server.stubFor(get("/v2/").willReturn(ok()));
        store = new DirectoryBlobStore(directory);
    }

    @AfterEach
    void stop() throws IOException {
        server.stop();
        store.close();
    }

    @Test
    void blob_with_other_content_is_not_kept() throws Exception {
        server.stubFor(get(BLOB_PATH).willReturn(ok().withBody("CONTENT")));
        RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
        assertEquals(
                "GET "
                        + base()
                        + BLOB_PATH
                        + ": the content hashes to "
                        + Digest.sha256("CONTENT".getBytes(StandardCharsets.UTF_8))
                        + ", not to its digest; it was damaged or tampered with in the registry or on its way: do not use it, tell who runs the registry",
                message(e));
        assertTrue(store.size(BLOB.digest()).isEmpty());
    }

    @Test
    void manifest_with_another_digest_than_asked_for_is_refused() {
        server.stubFor(
                get("/v2/app/manifests/" + BLOB.digest())
                        .willReturn(manifest(IMAGE.bytes(), "application/json")));
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () -> client().fetchManifest(name("app").withDigest(BLOB.digest())));
        assertTrue(
                message(e)
                        .contains(
                                "the manifest hashes to "
                                        + IMAGE.descriptor().digest()
                                        + ", not to "
                                        + BLOB.digest()),
                message(e));
    }

    @Test
    void manifest_with_another_digest_than_its_header_says_is_refused() {
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(
                                manifest(IMAGE.bytes(), "application/json")
                                        .withHeader(
                                                "Docker-Content-Digest",
                                                BLOB.digest().toString())));
        assertThrows(RegistryException.class, () -> client().fetchManifest(name("app:v1")));
    }

    @Test
    void manifest_over_the_limit_is_not_read() {
        server.stubFor(get(MANIFEST_PATH).willReturn(ok().withBody(new byte[(8 << 20) + 1])));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client().fetchManifest(name("app:v1")));
        assertTrue(
                message(e).contains("the answer is larger than the 8388608 bytes it may have"),
                message(e));
    }

    @Test
    void manifest_that_is_no_json_is_refused() {
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(
                                manifest("<html>".getBytes(StandardCharsets.UTF_8), "text/html")));
        RegistryException e =
                assertThrows(RegistryException.class, () -> client().fetchManifest(name("app:v1")));
        assertTrue(message(e).contains("/v2/app/manifests/v1: manifest: invalid JSON"));
        assertTrue(message(e).endsWith("; this is no image that jbuild can use"));
    }

    @Test
    void head_without_a_digest_is_asked_again_with_get() throws Exception {
        server.stubFor(head(urlPathEqualTo(MANIFEST_PATH)).willReturn(status(405)));
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(manifest(IMAGE.bytes(), MediaType.OCI_MANIFEST.value())));
        assertEquals(IMAGE.descriptor(), client().resolve(name("app:v1")));
    }

    @Test
    void content_type_decides_before_the_shape() throws Exception {
        byte[] bare = "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8);
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(
                                manifest(bare, MediaType.DOCKER_LIST.value() + "; charset=utf-8")));
        assertEquals(
                MediaType.DOCKER_LIST,
                client().fetchManifest(name("app:v1")).descriptor().mediaType());
    }

    @Test
    void all_kinds_of_manifests_are_accepted() throws Exception {
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(manifest(IMAGE.bytes(), MediaType.OCI_MANIFEST.value())));
        client().fetchManifest(name("app:v1"));
        assertEquals(
                "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json",
                server.findAll(getRequestedFor(urlPathEqualTo(MANIFEST_PATH)))
                        .getFirst()
                        .getHeader("Accept"));
    }

    @Test
    void too_many_requests_are_waited_for_as_the_registry_asks() throws Exception {
        answerFirst(BLOB_PATH, aResponse().withStatus(429).withHeader("Retry-After", "1"));
        fetchBlob();
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
        assertTrue(
                events.contains(
                        new TransferEvent.Waiting(
                                "the registry answered 429", Duration.ofSeconds(1))));
    }

    @Test
    void pause_beyond_the_deadline_is_not_waited_for() {
        server.stubFor(
                get(BLOB_PATH)
                        .willReturn(aResponse().withStatus(503).withHeader("Retry-After", "3600")));
        RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
        assertEquals(503, e.status().orElseThrow());
        assertEquals(1, server.findAll(getRequestedFor(urlPathEqualTo(BLOB_PATH))).size());
    }

    @Test
    void registry_that_stays_in_trouble_is_given_up() {
        server.stubFor(get(BLOB_PATH).willReturn(status(503)));
        RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
        assertEquals(
                "GET "
                        + base()
                        + BLOB_PATH
                        + ": 503; look at the registry's log, and try again later",
                message(e));
        assertEquals(3, server.findAll(getRequestedFor(urlPathEqualTo(BLOB_PATH))).size());
    }

    @Test
    void refusal_is_not_repeated() {
        server.stubFor(get(BLOB_PATH).willReturn(status(400)));
        assertThrows(RegistryException.class, this::fetchBlob);
        assertEquals(1, server.findAll(getRequestedFor(urlPathEqualTo(BLOB_PATH))).size());
    }

    @Test
    void words_of_the_registry_are_told_without_control_characters() {
        server.stubFor(
                get(BLOB_PATH)
                        .willReturn(
                                status(403)
                                        .withBody(
                                                "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"quota\\u001b[31m exceeded\"}]}")));
        RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
        assertEquals(
                "GET "
                        + base()
                        + BLOB_PATH
                        + ": 403 DENIED: quota [31m exceeded; log in with 'jbuild login "
                        + registry()
                        + "' as a user who may do this",
                message(e));
    }

    @Test
    void redirect_to_another_host_goes_without_authorization() throws Exception {
        WireMockServer storage = storage();
        try {
            server.stubFor(
                    get(BLOB_PATH)
                            .willReturn(temporaryRedirect(storage.baseUrl() + "/blob?sig=x")));
            client(password("secret")).fetchBlob(APP, BLOB, store);
            assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
            assertTrue(
                    server.findAll(getRequestedFor(urlPathEqualTo(BLOB_PATH)))
                            .getFirst()
                            .containsHeader("Authorization"));
            assertFalse(
                    storage.findAll(getRequestedFor(urlPathEqualTo("/blob")))
                            .getFirst()
                            .containsHeader("Authorization"));
        } finally {
            storage.stop();
        }
    }

    @Test
    void redirect_within_the_registry_keeps_authorization() throws Exception {
        server.stubFor(get("/v2/").willReturn(basicChallenge()));
        server.stubFor(get(BLOB_PATH).willReturn(temporaryRedirect("/elsewhere")));
        server.stubFor(
                get("/elsewhere").withHeader("Authorization", absent()).willReturn(status(401)));
        server.stubFor(
                get("/elsewhere")
                        .withBasicAuth("alice", "secret")
                        .willReturn(ok().withBody(CONTENT)));
        client(password("secret")).fetchBlob(APP, BLOB, store);
        assertArrayEquals(CONTENT, Images.bytes(store, BLOB.digest()));
    }

    @Test
    void challenge_of_another_host_gets_nothing() {
        WireMockServer storage = storage();
        try {
            storage.stubFor(get(urlPathEqualTo("/blob")).willReturn(basicChallenge()));
            server.stubFor(
                    get(BLOB_PATH).willReturn(temporaryRedirect(storage.baseUrl() + "/blob")));
            assertThrows(
                    RegistryException.class,
                    () -> client(password("secret")).fetchBlob(APP, BLOB, store));
            assertTrue(
                    storage.findAll(getRequestedFor(anyUrl())).stream()
                            .noneMatch(request -> request.containsHeader("Authorization")));
        } finally {
            storage.stop();
        }
    }

    @Test
    void redirect_in_a_circle_ends() {
        server.stubFor(get(BLOB_PATH).willReturn(temporaryRedirect(BLOB_PATH)));
        RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
        assertTrue(message(e).contains("more than 5 redirects"), message(e));
    }

    @Test
    void signature_in_a_storage_url_is_not_told() {
        WireMockServer storage = storage();
        try {
            storage.stubFor(get(urlPathEqualTo("/blob")).willReturn(status(403)));
            server.stubFor(
                    get(BLOB_PATH)
                            .willReturn(
                                    temporaryRedirect(
                                            storage.baseUrl() + "/blob?X-Signature=hush&n=1")));
            RegistryException e = assertThrows(RegistryException.class, this::fetchBlob);
            assertFalse(message(e).contains("hush"), message(e));
            assertTrue(message(e).startsWith("GET " + storage.baseUrl() + "/blob?"), message(e));
        } finally {
            storage.stop();
        }
    }

    @Test
    void tags_may_be_null() throws Exception {
        server.stubFor(get("/v2/app/tags/list").willReturn(ok("{\"name\":\"app\",\"tags\":null}")));
        assertEquals(List.of(), client().tags(APP));
    }

    @Test
    void next_page_at_another_host_is_refused() {
        server.stubFor(
                get("/v2/app/tags/list")
                        .willReturn(
                                ok("{\"tags\":[\"a\"]}")
                                        .withHeader(
                                                "Link",
                                                "<http://evil.example/v2/app/tags/list?last=a>; rel=\"next\"")));
        RegistryException e = assertThrows(RegistryException.class, () -> client().tags(APP));
        assertTrue(message(e).contains("the next page is at another host"));
    }

    @Test
    void registry_without_referrers_is_served_by_the_fallback_tag() throws Exception {
        Digest subject = IMAGE.descriptor().digest();
        String fallback = "/v2/app/manifests/sha256-" + subject.hex();
        server.stubFor(any(anyUrl()).atPriority(10).willReturn(status(404)));
        Encoded<ImageManifest> referrer =
                OciJson.encode(
                        new ImageManifest(
                                MediaType.OCI_MANIFEST,
                                Optional.empty(),
                                BLOB,
                                List.of(),
                                Optional.of(IMAGE.descriptor()),
                                Map.of("a", "b")));
        String byDigest = "/v2/app/manifests/" + referrer.descriptor().digest();
        server.stubFor(put(byDigest).willReturn(status(201)));
        server.stubFor(put(fallback).willReturn(status(201)));
        client().putManifest(name("app").withDigest(referrer.descriptor().digest()), referrer);
        Descriptor entry =
                referrer.descriptor()
                        .withArtifactType(BLOB.mediaType())
                        .withAnnotations(Map.of("a", "b"));
        byte[] index = OciJson.encode(ImageIndex.of(List.of(entry))).bytes();
        assertArrayEquals(
                index,
                server.findAll(putRequestedFor(urlPathEqualTo(fallback))).getFirst().getBody());
        server.stubFor(get(fallback).willReturn(manifest(index, MediaType.OCI_INDEX.value())));
        assertEquals(List.of(entry), client().referrers(APP, subject, Optional.empty()));
    }

    @Test
    void first_failure_stops_the_other_transfers() {
        byte[] other = Images.random(1, 100);
        Descriptor slow = Descriptor.of(MediaType.OCI_LAYER, other);
        Encoded<ImageManifest> image = OciJson.encode(ImageManifest.of(BLOB, List.of(slow)));
        server.stubFor(
                get(MANIFEST_PATH)
                        .willReturn(manifest(image.bytes(), MediaType.OCI_MANIFEST.value())));
        server.stubFor(get(BLOB_PATH).willReturn(status(404)));
        server.stubFor(
                get("/v2/app/blobs/" + slow.digest())
                        .willReturn(ok().withBody(other).withFixedDelay(30_000)));
        RegistryException e =
                assertTimeout(
                        Duration.ofSeconds(20),
                        () ->
                                assertThrows(
                                        RegistryException.class,
                                        () ->
                                                new Puller(client(), store)
                                                        .pull(name("app:v1"), Platform.host())));
        assertEquals(
                "GET "
                        + base()
                        + BLOB_PATH
                        + ": 404: the blob is not in 'app', though a manifest there names it; push the image again",
                message(e));
    }

    private void fetchBlob() throws IOException, InterruptedException {
        client().fetchBlob(APP, BLOB, store);
    }

    /// Once that, then the blob.
    private void answerFirst(String path, ResponseDefinitionBuilder answer) {
        server.stubFor(
                get(path)
                        .inScenario("first")
                        .whenScenarioStateIs(STARTED)
                        .willReturn(answer)
                        .willSetStateTo("then"));
        server.stubFor(
                get(path)
                        .inScenario("first")
                        .whenScenarioStateIs("then")
                        .willReturn(ok().withBody(CONTENT)));
    }

    private WireMockServer storage() {
        server.stubFor(get("/v2/").willReturn(basicChallenge()));
        WireMockServer storage =
                new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
        storage.start();
        storage.stubFor(get(urlPathEqualTo("/blob")).willReturn(ok().withBody(CONTENT)));
        return storage;
    }

    private static ResponseDefinitionBuilder basicChallenge() {
        return status(401).withHeader("WWW-Authenticate", "Basic realm=\"x\"");
    }

    private static ResponseDefinitionBuilder manifest(byte[] content, String type) {
        return ok().withBody(content).withHeader("Content-Type", type);
    }

    private CredentialSource password(String password) {
        return new CredentialSource.Fixed(registry(), new Credentials.Password("alice", password));
    }

    private RegistryClient client() {
        return client(new CredentialSource.Anonymous());
    }

    private RegistryClient client(CredentialSource credentials) {
        return new RegistryClient(
                registry(),
                RegistryOptions.standard()
                        .with(credentials)
                        .withEvents(events::add)
                        .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
    }

    private String registry() {
        return "127.0.0.1:" + server.port();
    }

    private String base() {
        return "http://" + registry();
    }

    private ImageReference name(String name) {
        return ImageReference.parse(registry() + "/" + name);
    }
}
