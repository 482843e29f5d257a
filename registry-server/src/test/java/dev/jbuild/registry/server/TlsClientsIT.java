package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Programs.fails;
import static dev.jbuild.registry.server.Programs.require;
import static dev.jbuild.registry.server.Programs.succeeds;
import static dev.jbuild.registry.server.Programs.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.netty.TlsConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients of others over TLS, with a password or a certificate: skopeo, buildah, curl.
class TlsClientsIT {
    private static final String PASSWORD = "open sesame";

    private static KeyStore server;
    private static KeyStore alice;
    private static KeyStore mallory;

    @TempDir Path directory;
    private RegistryServer registry;
    private String host;

    @BeforeAll
    static void make_certificates(@TempDir Path shared) throws Exception {
        server = Certificates.make(shared, "CN=localhost", "EC");
        alice = Certificates.make(shared, "CN=alice", "EC");
        mallory = Certificates.make(shared, "CN=mallory", "EC");
    }

    @BeforeEach
    void start() throws Exception {
        Path policy =
                Files.writeString(
                        directory.resolve("policy"),
                        "rules: [{repositories: ['team/**'], allow: {alice: [pull, push, delete]}}]");
        Path root = Files.createDirectory(directory.resolve("root"));
        try (Accounts accounts =
                new Accounts(root.resolve("accounts.db"), InstantSource.system())) {
            accounts.setUser("alice", PASSWORD);
        }
        TlsConfig tls =
                new TlsConfig(
                        Files.writeString(directory.resolve("cert.pem"), Certificates.pem(server)),
                        Files.writeString(
                                directory.resolve("key.pem"), Certificates.keyPem(server)),
                        Optional.of(
                                Files.writeString(
                                        directory.resolve("clients.pem"), Certificates.pem(alice))),
                        false);
        registry =
                RegistryServer.start(
                        new ServerConfig(
                                        root,
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .withTls(Optional.of(tls))
                                .withAccess(Optional.of(AccessConfig.of(root).withPolicy(policy))));
        host = "localhost:" + registry.address().getPort();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void skopeo_with_a_password() throws Exception {
        require("skopeo", "umoci");
        Path trust = trust("trust", Optional.empty());
        String auth = "--authfile=" + directory.resolve("auth");
        succeeds(
                "skopeo",
                "login",
                auth,
                "--cert-dir=" + trust,
                "-u",
                "alice",
                "-p",
                PASSWORD,
                host);
        roundTrip(trust, auth);
    }

    @Test
    void skopeo_with_a_certificate() throws Exception {
        require("skopeo", "umoci");
        Path trust = trust("trust", Optional.of(alice));
        roundTrip(trust, "--authfile=" + Files.writeString(directory.resolve("none"), "{}"));
    }

    @Test
    void skopeo_without_either_is_kept_out() throws Exception {
        require("skopeo", "umoci");
        Path image = image();
        String nobody = "--authfile=" + Files.writeString(directory.resolve("none"), "{}");
        for (Optional<KeyStore> own : List.of(Optional.<KeyStore>empty(), Optional.of(mallory))) {
            Path trust = trust("trust" + own.isPresent(), own);
            String out =
                    fails(
                            "skopeo",
                            "copy",
                            nobody,
                            "--dest-cert-dir=" + trust,
                            layout(image),
                            at());
            assertTrue(out.contains("auth") || out.contains("denied"), out);
        }
    }

    private void roundTrip(Path trust, String auth) throws Exception {
        Path image = image();
        succeeds("skopeo", "copy", auth, "--dest-cert-dir=" + trust, layout(image), at());
        String inspected = succeeds("skopeo", "inspect", auth, "--cert-dir=" + trust, at());
        assertTrue(inspected.contains("\"Name\": \"" + host + "/team/app\""), inspected);
        Path back = directory.resolve("back");
        succeeds("skopeo", "copy", auth, "--src-cert-dir=" + trust, at(), layout(back));
        assertEquals(
                Files.readString(image.resolve("index.json")).strip(),
                Files.readString(back.resolve("index.json")).strip());
        succeeds("skopeo", "delete", auth, "--cert-dir=" + trust, at());
        fails("skopeo", "inspect", auth, "--cert-dir=" + trust, at());
    }

    @Test
    void buildah_with_a_password_and_with_a_certificate() throws Exception {
        require("buildah", "umoci");
        String[] buildah = {
            "buildah",
            "--storage-driver=vfs",
            "--root=" + directory.resolve("storage"),
            "--runroot=" + directory.resolve("run")
        };
        Path image = image();
        succeeds(with(buildah, "pull", layout(image)));
        String id = succeeds(with(buildah, "images", "-q", "--no-trunc")).strip();
        Path trust = trust("trust", Optional.empty());
        String auth = "--authfile=" + directory.resolve("auth");
        succeeds(
                "buildah",
                "login",
                auth,
                "--cert-dir=" + trust,
                "-u",
                "alice",
                "-p",
                PASSWORD,
                host);
        succeeds(with(buildah, "push", auth, "--cert-dir=" + trust, id, at()));
        succeeds(with(buildah, "rmi", "-a", "-f"));
        Path own = trust("own", Optional.of(alice));
        String nobody = "--authfile=" + Files.writeString(directory.resolve("none"), "{}");
        fails(with(buildah, "pull", nobody, "--cert-dir=" + trust, at()));
        succeeds(with(buildah, "pull", nobody, "--cert-dir=" + own, at()));
        succeeds(with(buildah, "rmi", "-a", "-f"));
    }

    @Test
    void curl_by_http_2_and_1_1_with_a_certificate() throws Exception {
        require("curl");
        assumeTrue(succeeds("curl", "--version").contains("HTTP2"), "this curl has no HTTP/2");
        Path own = trust("own", Optional.of(alice));
        for (String version : List.of("2", "1.1")) {
            String[] curl = {
                "curl",
                "--silent",
                "--show-error",
                "--http" + version,
                "--cacert",
                own.resolve("ca.crt").toString(),
                "--cert",
                own.resolve("client.cert").toString(),
                "--key",
                own.resolve("client.key").toString(),
                "--write-out",
                "%{http_version} %{http_code}"
            };
            byte[] blob = Registry.random(20_000_000);
            Path file = Files.write(directory.resolve("blob"), blob);
            Path got = directory.resolve("got");
            String digest = Digest.sha256(blob).toString();
            String url = "https://" + host + "/v2/team/app/blobs/";
            assertEquals(
                    version + " 201",
                    succeeds(
                            with(
                                    curl,
                                    "--data-binary",
                                    "@" + file,
                                    "--header",
                                    "Content-Type: application/octet-stream",
                                    url + "uploads/?digest=" + digest)));
            String[] fetch = with(curl, "--output", got.toString());
            assertEquals(version + " 200", succeeds(with(fetch, url + digest)));
            assertEquals(-1, Files.mismatch(file, got));
            assertEquals(version + " 206", succeeds(with(fetch, "--range", "5-14", url + digest)));
            assertEquals(
                    List.of(blob[5], blob[14]),
                    List.of(Files.readAllBytes(got)[0], Files.readAllBytes(got)[9]));
            assertEquals(version + " 200", succeeds(with(fetch, "--head", url + digest)));
            assertEquals(
                    version + " 405", // before the end of the body
                    succeeds(with(fetch, "--upload-file", file.toString(), url + digest)));
        }
    }

    @Test
    void curl_takes_many_blobs_over_one_connection() throws Exception {
        require("curl");
        Path own = trust("own", Optional.of(alice));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "curl",
                                "--silent",
                                "--show-error",
                                "--http2",
                                "--parallel",
                                "--parallel-max",
                                "60",
                                "--cacert",
                                own.resolve("ca.crt").toString(),
                                "--cert",
                                own.resolve("client.cert").toString(),
                                "--key",
                                own.resolve("client.key").toString(),
                                "--write-out",
                                "%{http_version} %{http_code} %{num_connects}\\n"));
        byte[] blob = Registry.random(500_000);
        Path file = Files.write(directory.resolve("blob"), blob);
        String url = "https://" + host + "/v2/team/app/blobs/";
        List<String> push = new ArrayList<>(command);
        push.addAll(
                List.of(
                        "--data-binary",
                        "@" + file,
                        "--header",
                        "Content-Type: application/octet-stream",
                        url + "uploads/?digest=" + Digest.sha256(blob)));
        push.remove("--parallel");
        assertEquals("2 201 1", succeeds(push.toArray(String[]::new)).strip());
        for (int i = 0; i < 60; i++) {
            command.add("--output");
            command.add(directory.resolve("got" + i).toString());
            command.add(url + Digest.sha256(blob));
        }
        List<String> lines = succeeds(command.toArray(String[]::new)).lines().toList();
        assertEquals(60, lines.stream().filter(line -> line.startsWith("2 200")).count());
        long reused = lines.stream().filter(line -> line.equals("2 200 0")).count();
        assertTrue(reused > 50, String.join("|", lines));
        for (int i = 0; i < 60; i++) {
            assertEquals(-1, Files.mismatch(file, directory.resolve("got" + i)));
        }
    }

    private String at() {
        return "docker://" + host + "/team/app:v1";
    }

    private static String layout(Path directory) {
        return "oci:" + directory + ":v1";
    }

    private Path image() throws Exception {
        Path image = directory.resolve("layout");
        Path file = Files.write(directory.resolve("file"), Registry.random(3_000_000));
        succeeds("umoci", "init", "--layout", image.toString());
        succeeds("umoci", "new", "--image", image + ":v1");
        succeeds("umoci", "insert", "--image", image + ":v1", file.toString(), "/hello");
        return image;
    }

    /// A directory as these clients want it: whom to trust, and their own certificate.
    private Path trust(String name, Optional<KeyStore> own) throws Exception {
        Path trust = Files.createDirectory(directory.resolve(name));
        Files.writeString(trust.resolve("ca.crt"), Certificates.pem(server));
        if (own.isPresent()) {
            Files.writeString(trust.resolve("client.cert"), Certificates.pem(own.get()));
            Files.writeString(trust.resolve("client.key"), Certificates.keyPem(own.get()));
        }
        return trust;
    }
}
