package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.status;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.jbuild.registry.client.Failures.message;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When TLS is spoken and when plain HTTP.
class SchemeTest {
    private static final RepositoryName APP = new RepositoryName("app");

    private WireMockServer server;

    @BeforeEach
    void start() {
        server = new WireMockServer(wireMockConfig().dynamicPort().dynamicHttpsPort());
        server.start();
        server.stubFor(any(anyUrl()).willReturn(okJson("{\"tags\":[\"v1\"]}")));
    }

    @AfterEach
    void stop() {
        server.stop();
    }

    @Test
    void loopback_may_speak_plain_http() throws Exception {
        assertEquals(
                List.of(new Tag("v1")),
                client("127.0.0.1:" + server.port(), RegistryOptions.standard()).tags(APP));
        assertEquals(
                List.of(new Tag("v1")),
                client("localhost:" + server.port(), RegistryOptions.standard()).tags(APP));
    }

    @Test
    void loopback_that_speaks_tls_is_spoken_to_so() {
        String registry = "127.0.0.1:" + server.httpsPort();
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () -> client(registry, RegistryOptions.standard()).tags(APP));
        assertEquals(
                "GET http://"
                        + registry
                        + "/v2/: the certificate of '127.0.0.1' is not trusted; put the certificate of the authority that issued it into"
                        + " '/etc/containers/certs.d/"
                        + registry
                        + "/ca.crt'",
                message(e));
    }

    @Test
    void other_host_is_not_spoken_to_without_tls() throws Exception {
        String registry = address() + ":" + server.port();
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () -> client(registry, RegistryOptions.standard()).tags(APP));
        assertEquals(
                "GET https://"
                        + registry
                        + "/v2/: the registry does not speak TLS; allow plain HTTP for it if you trust the network in between",
                message(e));
        assertEquals(0, server.getAllServeEvents().size());
    }

    @Test
    void other_host_may_speak_plain_http_if_the_user_allows_it() throws Exception {
        assertEquals(
                List.of(new Tag("v1")),
                client(
                                address() + ":" + server.port(),
                                RegistryOptions.standard().with(PlainHttp.ALLOWED))
                        .tags(APP));
    }

    @Test
    void password_is_not_sent_without_tls_even_if_plain_http_is_allowed() throws Exception {
        String registry = address() + ":" + server.port();
        server.stubFor(
                any(anyUrl())
                        .willReturn(status(401).withHeader("WWW-Authenticate", "Basic realm=x")));
        CredentialSource alice =
                new CredentialSource.Fixed(registry, new Credentials.Password("alice", "secret"));
        RegistryException e =
                assertThrows(
                        RegistryException.class,
                        () ->
                                client(
                                                registry,
                                                RegistryOptions.standard()
                                                        .with(PlainHttp.ALLOWED)
                                                        .with(alice))
                                        .tags(APP));
        assertTrue(
                message(e)
                        .contains("the registry asks for credentials, but is reached without TLS"),
                message(e));
        assertTrue(
                server.getAllServeEvents().stream()
                        .noneMatch(event -> event.getRequest().containsHeader("Authorization")));
    }

    /// Another address of this machine.
    private static String address() throws IOException {
        String found =
                NetworkInterface.networkInterfaces()
                        .flatMap(NetworkInterface::inetAddresses)
                        .filter(a -> a instanceof Inet4Address && !a.isLoopbackAddress())
                        .map(a -> a.getHostAddress())
                        .findFirst()
                        .orElse("");
        Assumptions.assumeFalse(
                found.isEmpty(), "this machine has no address but loopback to test with");
        return found;
    }

    private static RegistryClient client(String registry, RegistryOptions options) {
        return new RegistryClient(
                registry, options.withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
    }
}
