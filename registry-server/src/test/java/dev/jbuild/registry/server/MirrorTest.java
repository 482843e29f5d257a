package dev.jbuild.registry.server;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.mirror.MirrorConfig;
import dev.jbuild.registry.server.mirror.RegistryMirror;
import dev.jbuild.registry.server.netty.TlsConfig;
import dev.jbuild.registry.server.upkeep.Mirror;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
import dev.jbuild.registry.server.upkeep.Scrubber.Finding;
import dev.jbuild.registry.server.upkeep.Stop;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damaged and missing content that a scrub gets back from a mirror, or does not.
class MirrorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofSeconds(2);

    @TempDir Path directory;

    private final WireMockServer liar = new WireMockServer(wireMockConfig().dynamicPort());
    private final byte[] blob = Registry.random(300_000);
    private final Digest digest = Digest.sha256(blob);
    private byte[] manifest = {};

    @BeforeEach
    void fill_the_registry() throws Exception {
        liar.start();
        try (Registry registry = new Registry(root())) {
            registry.pushBlob("team/app", blob);
            manifest = registry.pushImage("team/app", "v1");
        }
    }

    @AfterEach
    void stop() {
        liar.stop();
    }

    @Test
    void damaged_blob_and_missing_manifest_are_got_back() throws Exception {
        damage();
        Digest lost = Digest.sha256(manifest);
        Files.delete(file(lost));
        try (Registry other = mirror()) {
            String name = address(other).toString();
            assertEquals(
                    List.of(
                            new Finding.Damaged(digest),
                            new Finding.Repaired(digest, name),
                            new Finding.Missing(lost),
                            new Finding.Repaired(lost, name)),
                    scrub(new RegistryMirror(config(address(other), ""))));
        }
        assertTrue(Files.exists(root().resolve("quarantine/damaged-sha256-" + digest.hex())));
        assertWhole();
    }

    @Test
    void mirror_may_have_the_repositories_below_a_prefix() throws Exception {
        damage();
        try (Registry other = new Registry(directory.resolve("mirror"))) {
            other.pushBlob("proxy/acme/team/app", blob);
            assertRepaired(scrub(new RegistryMirror(config(address(other), "proxy/acme"))));
        }
        assertWhole();
    }

    @Test
    void mirror_s_certificate_is_trusted_by_the_authorities_of_the_configuration_alone()
            throws Exception {
        damage();
        mirror().close();
        KeyStore own = Certificates.make(directory, "CN=mirror", "EC");
        KeyStore another = Certificates.make(directory, "CN=another", "EC");
        Files.writeString(directory.resolve("own.pem"), Certificates.pem(own));
        Files.writeString(directory.resolve("another.pem"), Certificates.pem(another));
        Path key = Files.writeString(directory.resolve("key.pem"), Certificates.keyPem(own));
        TlsConfig tls = new TlsConfig(directory.resolve("own.pem"), key, Optional.empty(), false);
        try (Registry other =
                new Registry(
                        directory.resolve("mirror"), config -> config.withTls(Optional.of(tls)))) {
            int port = other.server.address().getPort();
            assertNotRepaired(scrub(configured(port, "another.pem")), "PKIX");
            assertNotRepaired(scrub(configured(port, "")), "PKIX");
            assertRepaired(scrub(configured(port, "own.pem")));
        }
        assertWhole();
    }

    /// The mirror of a configuration file.
    private Mirror configured(int port, String authorities) throws Exception {
        String text =
                "root: root\nscrub:\n  mirror:\n    url: https://localhost:"
                        + port
                        + "\n"
                        + (authorities.isEmpty() ? "" : "    authorities: " + authorities + "\n");
        Path file = Files.writeString(directory.resolve("registry.yaml"), text);
        return ConfigFile.read(file).config().scrub().mirror().orElseThrow();
    }

    @Test
    void what_was_found_damaged_earlier_is_got_back_by_the_next_scrub() throws Exception {
        damage();
        assertEquals(List.of(new Finding.Damaged(digest)), scrub(Optional.empty()));
        assertEquals(List.of(new Finding.StillMissing(digest)), scrub(Optional.empty()));
        try (Registry other = mirror()) {
            List<Finding> found = scrub(new RegistryMirror(config(address(other), "")));
            assertEquals(new Finding.StillMissing(digest), found.getFirst());
            assertRepaired(found);
        }
        assertWhole();
    }

    @Test
    void mirror_with_users_gives_a_token_for_the_password_in_a_file() throws Exception {
        damage();
        Path users = Files.createDirectory(directory.resolve("mirror"));
        try (Accounts accounts =
                new Accounts(users.resolve("accounts.db"), InstantSource.system())) {
            accounts.setUser("robot", "its password");
        }
        try (Registry other =
                new Registry(
                        users, config -> config.withAccess(Optional.of(AccessConfig.of(users))))) {
            String login =
                    Base64.getEncoder()
                            .encodeToString("robot:its password".getBytes(StandardCharsets.UTF_8));
            assertEquals(
                    201,
                    other.send(
                                    "POST",
                                    "/v2/team/app/blobs/uploads/?digest=" + digest,
                                    blob,
                                    "Authorization",
                                    "Basic " + login)
                            .status());
            List<Finding> refused = scrub(new RegistryMirror(config(address(other), "")));
            assertNotRepaired(refused, "401");
            assertRepaired(scrub(new RegistryMirror(withLogin(address(other)))));
        }
        assertWhole();
    }

    @Test
    void mirror_that_asks_for_basic_gets_the_password() throws Exception {
        damage();
        liar.stubFor(
                get(anyUrl())
                        .willReturn(
                                aResponse()
                                        .withStatus(401)
                                        .withHeader("WWW-Authenticate", "Basic realm=\"x\"")));
        liar.stubFor(
                get(anyUrl())
                        .withBasicAuth("robot", "its password")
                        .willReturn(aResponse().withBody(blob)));
        assertRepaired(scrub(new RegistryMirror(withLogin(liarAddress()))));
        assertWhole();
    }

    @Test
    void wrong_bytes_of_the_right_length_are_not_kept() throws Exception {
        damage();
        liar.stubFor(any(anyUrl()).willReturn(aResponse().withBody(Registry.random(blob.length))));
        assertNotRepaired(scrub(liarMirror()), "it hashes to sha256:");
        assertNothingKept();
    }

    @Test
    void other_length_is_refused_before_it_is_read() throws Exception {
        damage();
        liar.stubFor(any(anyUrl()).willReturn(aResponse().withBody(new byte[10])));
        assertNotRepaired(scrub(liarMirror()), "10 bytes in place of 300000");
        assertNothingKept();
    }

    @Test
    void endless_body_is_cut_off_at_the_size_that_is_wanted() throws Exception {
        damage();
        try (ServerSocket endless = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> send(endless, Integer.MAX_VALUE));
            URI url = URI.create("http://127.0.0.1:" + endless.getLocalPort());
            assertNotRepaired(
                    scrub(new RegistryMirror(config(url, ""))), "more than the 300000 bytes");
        }
        assertNothingKept();
    }

    @Test
    void mirror_that_hangs_is_left_after_its_patience() throws Exception {
        damage();
        liar.stubFor(any(anyUrl()).willReturn(aResponse().withBody(blob).withFixedDelay(60_000)));
        assertNotRepaired(scrub(impatient(liarAddress())), "did not answer in 2 seconds");
        assertNothingKept();
    }

    @Test
    void mirror_that_stops_in_the_middle_is_left_after_its_patience() throws Exception {
        damage();
        try (ServerSocket slow = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> send(slow, 1));
            URI url = URI.create("http://127.0.0.1:" + slow.getLocalPort());
            assertNotRepaired(scrub(impatient(url)), "it sent nothing for 2 seconds");
        }
        assertNothingKept();
    }

    @Test
    void mirror_out_of_order_is_not_asked_for_ever() throws Exception {
        try (Registry registry = new Registry(root())) {
            for (int i = 0; i < 6; i++) {
                byte[] bytes = Registry.random(100);
                registry.pushBlob("team/app", bytes);
                Files.delete(file(Digest.sha256(bytes)));
            }
        }
        liar.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(500)));
        List<Finding> found = scrub(liarMirror());
        assertNotRepaired(found, "not asked any more");
        assertEquals(3, liar.getAllServeEvents().size());
    }

    @Test
    void redirect_elsewhere_is_followed_without_the_password() throws Exception {
        damage();
        WireMockServer elsewhere = new WireMockServer(wireMockConfig().dynamicPort());
        elsewhere.start();
        try {
            elsewhere.stubFor(any(anyUrl()).willReturn(aResponse().withBody(blob)));
            liar.stubFor(
                    get(anyUrl())
                            .willReturn(
                                    aResponse()
                                            .withStatus(401)
                                            .withHeader("WWW-Authenticate", "Basic realm=\"x\"")));
            liar.stubFor(
                    get(anyUrl())
                            .withBasicAuth("robot", "its password")
                            .willReturn(
                                    temporaryRedirect(
                                            "http://127.0.0.1:" + elsewhere.port() + "/x")));
            assertRepaired(scrub(new RegistryMirror(withLogin(liarAddress()))));
            elsewhere.verify(
                    1, getRequestedFor(urlPathEqualTo("/x")).withHeader("Authorization", absent()));
        } finally {
            elsewhere.stop();
        }
        assertWhole();
    }

    @Test
    void whoever_is_redirected_to_can_not_ask_for_the_password() throws Exception {
        damage();
        WireMockServer elsewhere = new WireMockServer(wireMockConfig().dynamicPort());
        elsewhere.start();
        try {
            elsewhere.stubFor(
                    any(anyUrl())
                            .willReturn(
                                    aResponse()
                                            .withStatus(401)
                                            .withHeader("WWW-Authenticate", "Basic realm=\"x\"")));
            liar.stubFor(
                    any(anyUrl())
                            .willReturn(
                                    temporaryRedirect(
                                            "http://127.0.0.1:" + elsewhere.port() + "/x")));
            assertNotRepaired(scrub(new RegistryMirror(withLogin(liarAddress()))), "status 401");
            assertTrue(
                    elsewhere.getAllServeEvents().stream()
                            .noneMatch(
                                    event -> event.getRequest().containsHeader("Authorization")));
        } finally {
            elsewhere.stop();
        }
    }

    @Test
    void redirects_in_a_circle_end() throws Exception {
        damage();
        liar.stubFor(any(anyUrl()).willReturn(temporaryRedirect("/again")));
        assertNotRepaired(scrub(liarMirror()), "more than 5 times");
    }

    @Test
    void password_is_not_sent_to_a_token_endpoint_without_tls() throws Exception {
        damage();
        liar.stubFor(
                any(anyUrl())
                        .willReturn(
                                aResponse()
                                        .withStatus(401)
                                        .withHeader(
                                                "WWW-Authenticate",
                                                "Bearer realm=\"http://192.0.2.1/token\",service=\"x\"")));
        assertNotRepaired(
                scrub(new RegistryMirror(withLogin(liarAddress()))),
                "without TLS, which is not done");
    }

    @Test
    void token_that_is_none_is_refused_and_not_shown() throws Exception {
        damage();
        liar.stubFor(
                any(anyUrl())
                        .willReturn(
                                aResponse()
                                        .withStatus(401)
                                        .withHeader(
                                                "WWW-Authenticate",
                                                "Bearer realm=\"" + liarAddress() + "/token\"")));
        liar.stubFor(
                get(urlPathEqualTo("/token"))
                        .willReturn(aResponse().withBody("{\"token\":\"a\\r\\nHost: b\"}")));
        assertNotRepaired(scrub(liarMirror()), "has no usable token");
    }

    @Test
    void damaged_manifest_is_not_there_for_clients_until_it_is_pushed_again() throws Exception {
        Digest lost = Digest.sha256(manifest);
        Files.write(file(lost), "rotten".getBytes(StandardCharsets.UTF_8));
        scrub(Optional.empty());
        try (Registry registry = new Registry(root())) {
            assertEquals(404, registry.get("/v2/team/app/manifests/v1").status());
            assertEquals(404, registry.head("/v2/team/app/manifests/" + lost).status());
            String type = "application/vnd.oci.image.manifest.v1+json";
            assertEquals(201, registry.putManifest("team/app", "" + lost, type, manifest).status());
            assertArrayEquals(manifest, registry.get("/v2/team/app/manifests/v1").body());
        }
    }

    @Test
    void server_scrubs_by_itself_and_tells_log_and_figures() throws Exception {
        damage();
        ConcurrentLinkedQueue<String> lines = new ConcurrentLinkedQueue<>();
        try (Registry other = mirror()) {
            Mirror mirror = new RegistryMirror(config(address(other), ""));
            ScrubPolicy policy =
                    new ScrubPolicy(
                            Optional.of(Duration.ofHours(1)),
                            ScrubPolicy.STANDARD_RATE,
                            Optional.of(mirror));
            try (Registry registry =
                    new Registry(
                            root(), config -> config.withScrub(policy).withNotices(lines::add))) {
                await(() -> lines.stream().anyMatch(line -> line.contains("files read")));
                registry.assertBlob("team/app", digest, blob);
                assertEquals(
                        List.of(
                                "scrub: damaged: "
                                        + digest
                                        + "; its file was put aside, push it again",
                                "scrub: repaired: " + digest + ", from " + mirror.name(),
                                "scrub: 4 files read (301.2 kB), 1 damaged or missing, 1 of them"
                                        + " repaired"),
                        List.copyOf(lines).stream()
                                .map(line -> line.replaceAll("\\([0-9.]+ kB\\)", "(301.2 kB)"))
                                .toList());
                String figures = registry.get("/metrics").text();
                assertTrue(
                        figures.contains("scrub_findings_total{kind=\"repaired\"} 1.0"), figures);
                assertTrue(figures.contains("jbuild_registry_scrubbed_files_total 4.0"), figures);
                assertTrue(figures.contains("jbuild_registry_scrub_wrong 0.0"), figures);
            }
            lines.clear();
            try (Registry _ =
                    new Registry(
                            root(), config -> config.withScrub(policy).withNotices(lines::add))) {
                Thread.sleep(300);
            }
            assertEquals(List.of(), List.copyOf(lines)); // not due again for an hour
        }
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "it didn't happen");
            Thread.sleep(20);
        }
    }

    /// Answers one request with so many parts of a body without an end, and waits.
    private static void send(ServerSocket server, int parts) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < parts; i++) {
                out.write(new byte[10_000]);
            }
            while (socket.getInputStream().read() >= 0) {
                // until the reader has gone
            }
        } catch (IOException _) {
            // the reader has had enough
        }
    }

    /// Another registry that has all that this one has.
    private Registry mirror() throws Exception {
        Registry other = new Registry(directory.resolve("mirror"));
        other.pushBlob("team/app", blob);
        for (var part : GarbageTest.blobsOf(manifest)) {
            other.pushBlob(
                    "team/app", part.digest().equals(digest) ? blob : bytesOf(part.digest()));
        }
        String type = "application/vnd.oci.image.manifest.v1+json";
        assertEquals(201, other.putManifest("team/app", "v1", type, manifest).status());
        return other;
    }

    private byte[] bytesOf(Digest part) throws IOException {
        return Files.readAllBytes(file(part));
    }

    private List<Finding> scrub(Mirror mirror) throws Exception {
        return scrub(Optional.of(mirror));
    }

    private List<Finding> scrub(Optional<Mirror> mirror) throws Exception {
        Root root = Root.open(root());
        try {
            List<Finding> found = new ArrayList<>();
            root.scrubber(new ScrubPolicy(Optional.empty(), 1, mirror))
                    .scrub(Long.MAX_VALUE, found::add, new Stop());
            return found;
        } finally {
            root.close(
                    failure -> {
                        throw new AssertionError(failure);
                    });
        }
    }

    private void damage() throws IOException {
        byte[] rotten = blob.clone();
        rotten[1000] ^= 1;
        Files.write(file(digest), rotten);
    }

    private static void assertRepaired(List<Finding> found) {
        assertInstanceOf(Finding.Repaired.class, found.getLast(), found.toString());
    }

    private static void assertNotRepaired(List<Finding> found, String why) {
        assertTrue(
                found.getLast() instanceof Finding.NotRepaired not && not.why().contains(why),
                found.toString());
    }

    private void assertNothingKept() throws IOException {
        assertTrue(Files.notExists(file(digest)));
        try (var left = Files.list(root().resolve("uploads"))) {
            assertEquals(List.of(), left.toList());
        }
    }

    private void assertWhole() throws Exception {
        assertEquals(List.of(), scrub(Optional.empty()));
        try (Registry registry = new Registry(root())) {
            registry.assertBlob("team/app", digest, blob);
            assertArrayEquals(manifest, registry.get("/v2/team/app/manifests/v1").body());
        }
    }

    private Path root() {
        return directory.resolve("root");
    }

    private Path file(Digest content) {
        return root().resolve("blobs/sha256").resolve(content.hex());
    }

    private static URI address(Registry registry) {
        return URI.create("http://127.0.0.1:" + registry.server.address().getPort());
    }

    private URI liarAddress() {
        return URI.create("http://127.0.0.1:" + liar.port());
    }

    private Mirror liarMirror() {
        return new RegistryMirror(config(liarAddress(), ""));
    }

    private static MirrorConfig config(URI url, String prefix) {
        return new MirrorConfig(url, prefix, Optional.empty(), Optional.empty(), PATIENCE);
    }

    private MirrorConfig withLogin(URI url) throws IOException {
        Path password = Files.writeString(directory.resolve("password"), "its password\n");
        return new MirrorConfig(
                url,
                "",
                Optional.of(new MirrorConfig.Login("robot", password)),
                Optional.empty(),
                PATIENCE);
    }

    private static Mirror impatient(URI url) {
        return new RegistryMirror(
                new MirrorConfig(url, "", Optional.empty(), Optional.empty(), SHORT));
    }
}
