package dev.jbuild.registry.client;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static dev.jbuild.registry.client.Failures.message;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.oci.Tag;
import dev.jbuild.registry.client.network.CertificateFileException;
import dev.jbuild.registry.client.network.Network;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Registries behind proxies, with certificates of their own authorities, and such as want to see
/// ours. Keys and certificates are openssl's.
class NetworkTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final List<Tag> TAGS = List.of(new Tag("v1"));

    private static final StandardCopyOption REPLACE = StandardCopyOption.REPLACE_EXISTING;

    @TempDir static Path made;

    @TempDir Path home;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void make_certificates() throws Exception {
        for (String name : List.of("server", "alice")) {
            openssl(
                    "req -x509 -newkey rsa:2048 -nodes -days 2"
                            + " -addext subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:registry.test"
                            + (" -subj /CN=" + name)
                            + (" -keyout " + name + ".key -out " + name + ".crt"));
            openssl(
                    "pkcs12 -export -name it -passout pass:changeit"
                            + (" -in " + name + ".crt -inkey " + name + ".key")
                            + (" -out " + name + ".p12"));
        }
        openssl("rsa -traditional -in alice.key -out alice.pkcs1");
        openssl("rsa -aes128 -passout pass:changeit -in alice.key -out alice.locked");
        openssl("ecparam -name prime256v1 -genkey -out erin.sec1");
        openssl("req -x509 -new -key erin.sec1 -days 2 -subj /CN=erin -out erin.crt");
    }

    private static void openssl(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ", -1)));
        Process process =
                new ProcessBuilder(command)
                        .directory(made.toFile())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), US_ASCII);
        assertEquals(0, process.waitFor(), output);
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    @Test
    void an_authority_in_the_users_directory_is_trusted_for_that_registry() throws Exception {
        WireMockServer server = server(wireMockConfig());
        Files.copy(made.resolve("server.crt"), certs(server).resolve("ca.crt"));
        assertEquals(TAGS, client(place(server), Map.of()).tags(APP));
        WireMockServer other = server(wireMockConfig());
        RegistryException e =
                assertThrows(
                        RegistryException.class, () -> client(place(other), Map.of()).tags(APP));
        assertTrue(message(e).contains("the certificate of '127.0.0.1' is not trusted"));
    }

    @Test
    void authorities_of_a_variable_are_trusted_for_all() throws Exception {
        WireMockServer server = server(wireMockConfig());
        Map<String, String> variable =
                Map.of("SSL_CERT_FILE", made.resolve("server.crt").toString());
        assertEquals(TAGS, client(place(server), variable).tags(APP));
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice.key", "alice.pkcs1"})
    void a_registry_that_wants_a_certificate_gets_ours(String key) throws Exception {
        WireMockServer server = server(wantingCertificates("alice"));
        Path certs = certs(server);
        Files.copy(made.resolve("server.crt"), certs.resolve("ca.crt"));
        assertEquals(
                "'"
                        + place(server)
                        + "' wants a client certificate: put one and its key into"
                        + " '/etc/containers/certs.d/"
                        + place(server)
                        + "', as client.cert and client.key",
                refused(server, 1));
        Files.copy(made.resolve("alice.crt"), certs.resolve("client.cert"));
        Files.copy(made.resolve(key), certs.resolve("client.key"));
        assertEquals(TAGS, client(place(server), Map.of("FRESH", key)).tags(APP));
    }

    @Test
    void a_key_of_an_elliptic_curve_is_read_too() throws Exception {
        WireMockServer server = server(wantingCertificates("erin"));
        Path certs = certs(server);
        Files.copy(made.resolve("server.crt"), certs.resolve("ca.crt"));
        Files.copy(made.resolve("erin.crt"), certs.resolve("client.cert"));
        Files.copy(made.resolve("erin.sec1"), certs.resolve("client.key"));
        assertEquals(TAGS, client(place(server), Map.of()).tags(APP));
    }

    @Test
    void files_that_cannot_be_used_are_named() throws Exception {
        WireMockServer server = server(wireMockConfig());
        Path certs = certs(server);
        Files.writeString(certs.resolve("ca.crt"), "junk");
        assertEquals(
                "'" + certs + "/ca.crt' is no certificate in PEM",
                refused(server, 1).split(": ", 2)[0]);
        Files.copy(made.resolve("server.crt"), certs.resolve("ca.crt"), REPLACE);
        Files.copy(made.resolve("alice.crt"), certs.resolve("client.cert"));
        assertEquals(
                "client certificate '"
                        + certs
                        + "/client.cert' has no key '"
                        + certs
                        + "/client.key' beside it; if it is an authority's, call it '*.crt'",
                refused(server, 2));
        Files.copy(made.resolve("alice.locked"), certs.resolve("client.key"));
        assertEquals(
                "the key '"
                        + certs
                        + "/client.key' has a passphrase; take it off: openssl pkey -in KEY -out OTHER",
                refused(server, 3));
        Files.copy(made.resolve("alice.crt"), certs.resolve("client.key"), REPLACE);
        assertEquals("'" + certs + "/client.key' has no private key in it", refused(server, 4));
    }

    private String refused(WireMockServer server, int attempt) {
        Map<String, String> fresh = Map.of("FRESH", String.valueOf(attempt));
        CertificateFileException e =
                assertThrows(
                        CertificateFileException.class,
                        () -> client(place(server), fresh).tags(APP));
        return String.valueOf(e.getMessage());
    }

    @Test
    void a_proxy_is_asked_for_a_tunnel_and_gets_its_password() throws Exception {
        WireMockServer server = server(wireMockConfig());
        Files.copy(
                made.resolve("server.crt"),
                Files.createDirectories(home.resolve("c/containers/certs.d/registry.test"))
                        .resolve("ca.crt"));
        TestProxy proxy = new TestProxy(server.httpsPort());
        open.add(proxy);
        Map<String, String> environment =
                Map.of("HTTPS_PROXY", "http://alice:secret@127.0.0.1:" + proxy.port());
        assertEquals(TAGS, client("registry.test", environment).tags(APP));
        assertEquals(
                List.of("CONNECT registry.test:443 HTTP/1.1, Basic YWxpY2U6c2VjcmV0"),
                List.copyOf(proxy.requests));
    }

    @Test
    void this_machine_is_reached_without_a_proxy() throws Exception {
        WireMockServer server = server(wireMockConfig());
        Files.copy(made.resolve("server.crt"), certs(server).resolve("ca.crt"));
        assertEquals(
                TAGS, client(place(server), Map.of("HTTPS_PROXY", "http://127.0.0.1:1")).tags(APP));
    }

    private WireMockServer server(WireMockConfiguration configuration) {
        WireMockServer server =
                new WireMockServer(
                        configuration
                                .dynamicPort()
                                .dynamicHttpsPort()
                                .keystorePath(made.resolve("server.p12").toString())
                                .keystoreType("PKCS12")
                                .keystorePassword("changeit")
                                .keyManagerPassword("changeit"));
        server.start();
        open.add(server::stop);
        server.stubFor(any(anyUrl()).willReturn(okJson("{\"tags\":[\"v1\"]}")));
        return server;
    }

    private static WireMockConfiguration wantingCertificates(String of) throws Exception {
        Path trusted = made.resolve(of + ".trusted");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream in = Files.newInputStream(made.resolve(of + ".crt"))) {
            store.setCertificateEntry(
                    "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        try (OutputStream out = Files.newOutputStream(trusted)) {
            store.store(out, "changeit".toCharArray());
        }
        return wireMockConfig()
                .needClientAuth(true)
                .trustStorePath(trusted.toString())
                .trustStoreType("PKCS12")
                .trustStorePassword("changeit");
    }

    private static String place(WireMockServer server) {
        return "127.0.0.1:" + server.httpsPort();
    }

    private Path certs(WireMockServer server) throws IOException {
        return Files.createDirectories(home.resolve("c/containers/certs.d").resolve(place(server)));
    }

    private RegistryClient client(String registry, Map<String, String> variables) {
        Map<String, String> environment = new HashMap<>(variables);
        environment.put("XDG_CONFIG_HOME", home.resolve("c").toString());
        return new RegistryClient(
                registry,
                RegistryOptions.standard()
                        .with(Network.standard(environment, home))
                        .withRetries(3, Duration.ofMillis(1), Duration.ofSeconds(5)));
    }

    /// Leads every tunnel to one port of this machine, for who has a password.
    private static final class TestProxy implements AutoCloseable {
        private final ServerSocket listening =
                new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
        private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
        private final int target;

        TestProxy(int target) throws IOException {
            this.target = target;
            Thread.startVirtualThread(this::accept);
        }

        int port() {
            return listening.getLocalPort();
        }

        private void accept() {
            while (!listening.isClosed()) {
                try {
                    Socket client = listening.accept();
                    Thread.startVirtualThread(() -> serve(client));
                } catch (IOException closed) {
                    return;
                }
            }
        }

        private void serve(Socket socket) {
            try (socket) {
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(socket.getInputStream(), US_ASCII), 1);
                boolean allowed = false;
                while (!allowed) {
                    String line = in.readLine();
                    if (line == null) {
                        return;
                    }
                    String password = "no password";
                    for (String header = in.readLine(); !header.isEmpty(); header = in.readLine()) {
                        if (header.startsWith("Proxy-Authorization: ")) {
                            password = header.substring(21);
                        }
                    }
                    requests.add(line + ", " + password);
                    allowed = password.startsWith("Basic ");
                    String answer =
                            allowed
                                    ? "HTTP/1.1 200 OK\n\n"
                                    : """
                                    HTTP/1.1 407 Who
                                    Proxy-Authenticate: Basic realm=x
                                    Content-Length: 0

                                    """;
                    socket.getOutputStream().write(answer.replace("\n", "\r\n").getBytes(US_ASCII));
                }
                try (Socket server = new Socket(InetAddress.getLoopbackAddress(), target)) {
                    Thread back = Thread.startVirtualThread(() -> pass(server, socket));
                    pass(socket, server);
                    back.join();
                }
            } catch (IOException | InterruptedException e) {
                requests.add(e.toString());
            }
        }

        private static void pass(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException e) {
                // the other end is gone
            }
        }

        @Override
        public void close() throws IOException {
            listening.close();
        }
    }
}
