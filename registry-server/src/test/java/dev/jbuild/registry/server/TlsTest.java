package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.netty.TlsConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Encrypted connections, with real certificates.
class TlsTest {
    private static KeyStore server;
    private static KeyStore other;
    private static KeyStore alice;
    private static KeyStore rsa;
    private static KeyStore otherRsa;

    @TempDir Path directory;
    private Path certificate;
    private Path key;
    private RegistryServer registry;
    private final LinkedBlockingQueue<Exception> failures = new LinkedBlockingQueue<>();

    @BeforeAll
    static void make_certificates(@TempDir Path shared) throws Exception {
        server = Certificates.make(shared, "CN=registry", "EC");
        other = Certificates.make(shared, "CN=other", "EC");
        alice = Certificates.make(shared, "CN=alice,O=team", "EC");
        rsa = Certificates.make(shared, "CN=rsa", "RSA");
        otherRsa = Certificates.make(shared, "CN=rsa2", "RSA");
    }

    @BeforeEach
    void start() throws Exception {
        certificate = directory.resolve("cert.pem");
        key = directory.resolve("key.pem");
        use(server);
        Path clients = directory.resolve("clients.pem");
        Files.writeString(clients, Certificates.pem(alice));
        Path policy =
                Files.writeString(
                        directory.resolve("policy"),
                        "rules: [{repositories: ['**'], allow: {alice: [pull, push]}}]");
        Path root = Files.createDirectory(directory.resolve("root"));
        registry =
                RegistryServer.start(
                        new ServerConfig(
                                        root,
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .withTls(
                                        Optional.of(
                                                new TlsConfig(
                                                        certificate,
                                                        key,
                                                        Optional.of(clients),
                                                        false)))
                                .withAccess(Optional.of(AccessConfig.of(root).withPolicy(policy)))
                                .withFailures(failures::add));
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void the_challenge_of_an_encrypted_ping_is_an_encrypted_address() throws Exception {
        HttpResponse<byte[]> reply = get(client(server, Optional.empty()), "/v2/");
        assertEquals(401, reply.statusCode());
        assertTrue(
                reply.headers()
                        .firstValue("WWW-Authenticate")
                        .orElseThrow()
                        .startsWith("Bearer realm=\"https://localhost:"));
    }

    @Test
    void a_client_certificate_is_its_user() throws Exception {
        HttpClient client = client(server, Optional.of(alice));
        assertEquals(200, get(client, "/v2/").statusCode());
        byte[] blob = Registry.random(3_000_000);
        String digest = Digest.sha256(blob).toString();
        HttpResponse<byte[]> push =
                client.send(
                        request("/v2/app/blobs/uploads/?digest=" + digest)
                                .POST(HttpRequest.BodyPublishers.ofByteArray(blob))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(201, push.statusCode());
        assertEquals(HttpClient.Version.HTTP_2, push.version());
        assertArrayEquals(blob, get(client, "/v2/app/blobs/" + digest).body());
    }

    @Test
    void a_certificate_of_nobody_who_is_trusted_is_no_user() throws Exception {
        assertEquals(401, get(client(server, Optional.of(other)), "/v2/").statusCode());
    }

    @Test
    void a_new_certificate_counts_without_a_restart() throws Exception {
        assertEquals(401, get(client(server, Optional.empty()), "/v2/").statusCode());
        use(other);
        awaitCertificate("CN=other");
        assertEquals(401, get(client(other, Optional.empty()), "/v2/").statusCode());
        assertThrows(IOException.class, () -> get(client(server, Optional.empty()), "/v2/"));
        assertNull(failures.poll());
    }

    @Test
    void a_broken_certificate_is_told_of_and_leaves_the_old_one_in_place() throws Exception {
        Files.writeString(certificate, "nonsense");
        String told = awaitFailure();
        assertTrue(told.contains("a change of '" + certificate + "'"), told);
        assertTrue(told.contains("is not used, what was there before stays: '"), told);
        assertEquals(401, get(client(server, Optional.empty()), "/v2/").statusCode());
        use(other);
        awaitCertificate("CN=other");
    }

    @Test
    void a_certificate_without_its_own_key_is_told_of_and_leaves_the_old_one_in_place()
            throws Exception {
        Files.writeString(certificate, Certificates.pem(other));
        assertTrue(
                awaitFailure()
                        .endsWith(
                                "'"
                                        + key
                                        + "' is not the private key of the first certificate in '"
                                        + certificate
                                        + "'"));
        assertEquals(401, get(client(server, Optional.empty()), "/v2/").statusCode());
        use(other);
        awaitCertificate("CN=other");
    }

    @Test
    void a_key_of_another_kind_is_told_of() throws Exception {
        Files.writeString(key, Certificates.keyPem(rsa));
        assertTrue(awaitFailure().contains("is not the private key of"));
        use(rsa);
        awaitCertificate("CN=rsa");
        Files.writeString(key, Certificates.keyPem(otherRsa));
        assertTrue(awaitFailure().contains("is not the private key of"));
    }

    @Test
    void a_certificate_that_vanishes_and_comes_back_does_no_harm() throws Exception {
        Files.delete(certificate);
        assertTrue(awaitFailure().contains("'" + certificate + "' can't be read"));
        assertEquals(401, get(client(server, Optional.empty()), "/v2/").statusCode());
        use(other);
        awaitCertificate("CN=other");
    }

    @Test
    void a_server_without_a_usable_certificate_doesn_t_start() throws Exception {
        Files.writeString(key, "nonsense");
        assertTrue(failureToStart().contains("'" + key + "' is no private key: PEM, PKCS #8"));
        Files.writeString(key, Certificates.keyPem(other));
        assertTrue(failureToStart().contains("is not the private key of"));
        Files.writeString(certificate, "nonsense");
        assertTrue(failureToStart().startsWith("'" + certificate + "' "));
        Files.delete(certificate);
        assertEquals("'" + certificate + "' can't be read", failureToStart());
    }

    private String failureToStart() {
        ServerConfig config =
                new ServerConfig(
                                directory.resolve("second"),
                                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                        .withTls(
                                Optional.of(
                                        new TlsConfig(certificate, key, Optional.empty(), false)));
        ServerStartException told =
                assertThrows(ServerStartException.class, () -> RegistryServer.start(config));
        return String.valueOf(told.getMessage());
    }

    @Test
    void passwords_over_plain_http_from_elsewhere_can_t_be_configured() {
        Path root = directory.resolve("third");
        ServerConfig config =
                new ServerConfig(root, new InetSocketAddress("0.0.0.0", 0))
                        .withAccess(Optional.of(AccessConfig.of(root)));
        ServerStartException told =
                assertThrows(ServerStartException.class, () -> RegistryServer.start(config));
        assertTrue(String.valueOf(told.getMessage()).startsWith("nobody could log in"));
    }

    private void use(KeyStore store) throws Exception {
        Files.writeString(certificate, Certificates.pem(store));
        Files.writeString(key, Certificates.keyPem(store));
    }

    private String awaitFailure() throws InterruptedException {
        Exception told = failures.poll(20, TimeUnit.SECONDS);
        assertNotNull(told, "nothing was told");
        return String.valueOf(told.getMessage());
    }

    /// What the server shows a client that doesn't look.
    private void awaitCertificate(String name) throws Exception {
        for (int i = 0; i < 200 && !shown().equals(name); i++) {
            Thread.sleep(100);
        }
        assertEquals(name, shown());
    }

    private String shown() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new AnyServer()}, null);
        try (SSLSocket socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket("localhost", registry.address().getPort())) {
            socket.startHandshake();
            return ((X509Certificate) socket.getSession().getPeerCertificates()[0])
                    .getSubjectX500Principal()
                    .getName();
        }
    }

    private static final class AnyServer extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private HttpResponse<byte[]> get(HttpClient client, String path)
            throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                URI.create("https://localhost:" + registry.address().getPort() + path));
    }

    private static HttpClient client(KeyStore trusted, Optional<KeyStore> own) throws Exception {
        return HttpClient.newBuilder().sslContext(Certificates.trusting(trusted, own)).build();
    }
}
