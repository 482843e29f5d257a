package dev.jbuild.builder.remote;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.absent;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okForContentType;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import dev.jbuild.oci.Digest;
import dev.jbuild.registry.client.network.Network;
import dev.jbuild.store.layout.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Servers, good and bad.
class RemoteFilesTest {
    private static final Digest CONTENT = Digest.sha256("content".getBytes(UTF_8));
    private static final Digest OTHER = Digest.sha256("other".getBytes(UTF_8));
    private static final Limits LIMITS = limits(Duration.ofSeconds(30));

    @RegisterExtension
    static final WireMockExtension SERVER =
            WireMockExtension.newInstance().options(wireMockConfig().dynamicPort()).build();

    private Store store;

    @BeforeEach
    void open(@TempDir Path directory) throws Exception {
        store = Store.open(directory.resolve("store"));
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    @Test
    void a_file_is_its_content_with_the_servers_time() throws Exception {
        serve(content().withHeader("Last-Modified", "Sat, 03 Feb 2024 04:05:06 GMT"));
        RemoteFile file = resolve("/dir/file.bin?version=1");
        assertEquals(
                new RemoteFile("file.bin", CONTENT, Instant.parse("2024-02-03T04:05:06Z")), file);
        assertEquals(
                "content",
                Files.readString(files().content(url("/dir/file.bin?version=1"), file).path()));
    }

    @Test
    void a_file_without_a_time_is_of_1970() throws Exception {
        serve(content());
        assertEquals(Instant.EPOCH, resolve("/f").mtime());
    }

    @Test
    void an_unchanged_file_is_not_sent_again() throws Exception {
        serve(content().withHeader("ETag", "\"1\""));
        resolve("/f");
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .withHeader("If-None-Match", equalTo("\"1\""))
                        .willReturn(status(304)));
        assertEquals(CONTENT, resolve("/f").content());
        SERVER.verify(
                getRequestedFor(urlEqualTo("/f")).withHeader("If-None-Match", equalTo("\"1\"")));
    }

    @Test
    void a_file_without_an_etag_is_asked_for_by_its_time() throws Exception {
        String time = "Sat, 03 Feb 2024 04:05:06 GMT";
        serve(content().withHeader("Last-Modified", time));
        resolve("/f");
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .withHeader("If-Modified-Since", equalTo(time))
                        .willReturn(status(304)));
        assertEquals(Instant.parse("2024-02-03T04:05:06Z"), resolve("/f").mtime());
    }

    @Test
    void a_changed_file_has_its_new_content() throws Exception {
        serve(content().withHeader("ETag", "\"1\""));
        resolve("/f");
        serve(aResponse().withBody("other").withHeader("ETag", "\"2\""));
        assertEquals(OTHER, resolve("/f").content());
    }

    @Test
    void within_a_build_a_url_is_asked_for_once() throws Exception {
        serve(content());
        RemoteFiles files = files();
        files.resolve(url("/f"), Optional.empty());
        files.resolve(url("/f"), Optional.empty());
        SERVER.verify(1, getRequestedFor(urlEqualTo("/f")));
    }

    @Test
    void content_that_was_pruned_is_fetched_again() throws Exception {
        serve(content().withHeader("ETag", "\"1\""));
        RemoteFile file = resolve("/f");
        store.blobs().delete(CONTENT);
        assertTrue(Files.exists(files().content(url("/f"), file).path()));
    }

    @Test
    void with_a_checksum_nobody_is_asked_what_is_known() throws Exception {
        serve(content());
        RemoteFiles first = files();
        first.content(url("/f"), first.resolve(url("/f"), Optional.of(CONTENT)));
        RemoteFiles second = files();
        second.content(url("/f"), second.resolve(url("/f"), Optional.of(CONTENT)));
        SERVER.verify(1, getRequestedFor(urlEqualTo("/f")));
    }

    @Test
    void another_content_than_the_checksum_says_is_refused_and_not_kept() throws Exception {
        serve(aResponse().withBody("other"));
        RemoteFiles files = files();
        RemoteFile file = files.resolve(url("/f"), Optional.of(CONTENT));
        RemoteException e =
                assertThrows(RemoteException.class, () -> files.content(url("/f"), file));
        assertTrue(String.valueOf(e.getMessage()).contains("checksum mismatch"), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).contains(OTHER.toString()), e.getMessage());
        assertTrue(store.blobs().size(OTHER).isEmpty());
    }

    @Test
    void a_missing_file_is_refused_at_once() {
        serve(status(404));
        assertRefused("/f", "the server answered 404: there is no such file");
        SERVER.verify(1, getRequestedFor(urlEqualTo("/f")));
    }

    @Test
    void a_server_with_a_problem_is_asked_twice() {
        serve(status(500));
        assertRefused("/f", "the server answered 500");
        SERVER.verify(2, getRequestedFor(urlEqualTo("/f")));
    }

    @Test
    void a_server_that_recovers_is_forgiven() throws Exception {
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .inScenario("s")
                        .whenScenarioStateIs("Started")
                        .willReturn(status(503))
                        .willSetStateTo("well"));
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .inScenario("s")
                        .whenScenarioStateIs("well")
                        .willReturn(content()));
        assertEquals(CONTENT, resolve("/f").content());
    }

    @Test
    void a_body_that_is_cut_off_is_refused_and_not_kept() throws Exception {
        serve(aResponse().withHeader("Content-Length", "20").withBody("content"));
        assertRefused("/f", "");
        assertTrue(store.blobs().size(CONTENT).isEmpty());
    }

    @Test
    void garbage_in_place_of_an_answer_is_refused() {
        serve(aResponse().withFault(Fault.RANDOM_DATA_THEN_CLOSE));
        assertRefused("/f", "the connection failed");
    }

    @Test
    void a_server_that_says_nothing_is_given_up() {
        serve(content().withFixedDelay(3000));
        RemoteFiles impatient =
                new RemoteFiles(store, limits(Duration.ofMillis(100)), () -> Network.DIRECT);
        RemoteException e =
                assertThrows(
                        RemoteException.class,
                        () -> impatient.resolve(url("/f"), Optional.empty()));
        assertTrue(String.valueOf(e.getMessage()).contains("no answer in time"), e.getMessage());
    }

    @Test
    void a_server_that_drips_is_given_up() {
        serve(content().withChunkedDribbleDelay(7, 1400));
        Limits hurried =
                new Limits(
                        1000,
                        Duration.ofSeconds(5),
                        Duration.ofSeconds(30),
                        Duration.ofMillis(150),
                        100,
                        1,
                        Duration.ofMillis(1));
        RemoteException e =
                assertThrows(
                        RemoteException.class,
                        () ->
                                new RemoteFiles(store, hurried, () -> Network.DIRECT)
                                        .resolve(url("/f"), Optional.empty()));
        assertTrue(
                String.valueOf(e.getMessage()).contains("the server sends only"), e.getMessage());
    }

    @Test
    void a_file_that_is_too_large_is_refused() {
        serve(aResponse().withBody("x".repeat(1001)));
        assertRefused("/f", "more than 1000 bytes");
    }

    @Test
    void a_file_of_endless_chunks_is_refused() {
        serve(aResponse().withBody("x".repeat(100_000)).withChunkedDribbleDelay(100, 200));
        assertRefused("/f", "more than 1000 bytes");
    }

    @Test
    void redirects_are_followed_and_the_name_stays() throws Exception {
        redirect("/f", "/g");
        SERVER.stubFor(get(urlEqualTo("/g")).willReturn(content()));
        assertEquals(new RemoteFile("f", CONTENT, Instant.EPOCH), resolve("/f"));
    }

    @Test
    void redirects_in_a_circle_are_refused() {
        redirect("/f", "/g");
        redirect("/g", "/f");
        assertRefused("/f", "more than 10 redirects");
    }

    @Test
    void a_redirect_to_a_file_is_refused() {
        redirect("/f", "file:///etc/passwd");
        assertRefused("/f", "no http URL");
    }

    @Test
    void a_password_is_sent_but_never_shown() throws Exception {
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .withHeader("Authorization", equalTo("Basic dXNlcjpzM2NyZXQ="))
                        .willReturn(content()));
        String url = url("/f").replace("://", "://user:s3cret@");
        assertEquals(CONTENT, files().resolve(url, Optional.empty()).content());
        SERVER.stubFor(get(urlEqualTo("/f")).willReturn(status(404)));
        RemoteException e =
                assertThrows(RemoteException.class, () -> files().resolve(url, Optional.empty()));
        assertFalse(String.valueOf(e.getMessage()).contains("s3cret"), e.getMessage());
    }

    @Test
    void a_password_does_not_go_to_another_server() throws Exception {
        SERVER.stubFor(
                get(urlEqualTo("/f"))
                        .willReturn(
                                status(302)
                                        .withHeader(
                                                "Location",
                                                "http://127.0.0.1:" + SERVER.getPort() + "/g")));
        SERVER.stubFor(
                get(urlEqualTo("/g")).withHeader("Authorization", absent()).willReturn(content()));
        String url = "http://user:s3cret@localhost:" + SERVER.getPort() + "/f";
        assertEquals(CONTENT, files().resolve(url, Optional.empty()).content());
    }

    @Test
    void what_is_kept_of_a_url_holds_no_password() throws Exception {
        serve(okForContentType("text/plain", "content"));
        files().resolve(url("/f").replace("://", "://user:s3cret@"), Optional.empty());
        try (var all = Files.walk(store.root())) {
            for (Path path : all.filter(Files::isRegularFile).toList()) {
                assertFalse(
                        new String(Files.readAllBytes(path), UTF_8).contains("s3cret"),
                        path.toString());
            }
        }
    }

    @Test
    void names_come_from_the_path_of_the_url() {
        assertEquals("a b", WebAddress.fileName("http://h/x/a%20b?c/d#e/f"));
        assertEquals("x", WebAddress.fileName("http://h/x/"));
        assertEquals("__unnamed__", WebAddress.fileName("http://h"));
        assertEquals("__unnamed__", WebAddress.fileName("http://h/?q=1"));
        assertEquals("__unnamed__", WebAddress.fileName("http://h/.."));
        assertEquals("passwd", WebAddress.fileName("http://h/..%2f..%2fetc%2fpasswd"));
    }

    private static Limits limits(Duration silence) {
        return new Limits(
                1000,
                Duration.ofSeconds(10),
                silence,
                Duration.ofSeconds(60),
                1,
                2,
                Duration.ofMillis(1));
    }

    private RemoteFiles files() {
        return new RemoteFiles(store, LIMITS, () -> Network.DIRECT);
    }

    private RemoteFile resolve(String path) throws Exception {
        return files().resolve(url(path), Optional.empty());
    }

    private void assertRefused(String path, String part) {
        RemoteException e = assertThrows(RemoteException.class, () -> resolve(path));
        assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).startsWith(url(path) + ": "), e.getMessage());
    }

    private static ResponseDefinitionBuilder content() {
        return aResponse().withBody("content");
    }

    private static void serve(ResponseDefinitionBuilder answer) {
        SERVER.stubFor(
                get(com.github.tomakehurst.wiremock.client.WireMock.anyUrl()).willReturn(answer));
    }

    private static void redirect(String from, String to) {
        SERVER.stubFor(get(urlEqualTo(from)).willReturn(status(302).withHeader("Location", to)));
    }

    private static String url(String path) {
        return SERVER.baseUrl() + path;
    }
}
