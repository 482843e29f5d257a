package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Programs.fails;
import static dev.jbuild.registry.server.Programs.require;
import static dev.jbuild.registry.server.Programs.succeeds;
import static dev.jbuild.registry.server.Programs.with;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients of others log in, push, pull and are kept out: skopeo and buildah.
class AccessClientsIT {
    private static final String PASSWORD = "open sesame";

    @TempDir Path directory;
    private RegistryServer registry;
    private String host;
    private Path image;

    @BeforeEach
    void start() throws Exception {
        image = directory.resolve("layout");
        Path policy =
                Files.writeString(
                        directory.resolve("policy"),
                        """
                        rules:
                          - repositories: ["public/**"]
                            allow: {anyone: [pull], alice: [pull, push, delete]}
                          - repositories: ["team/**"]
                            allow: {alice: [pull, push, delete]}
                        """);
        Path root = Files.createDirectory(directory.resolve("root"));
        try (Accounts accounts =
                new Accounts(root.resolve("accounts.db"), InstantSource.system())) {
            accounts.setUser("alice", PASSWORD);
            accounts.setUser("bob", PASSWORD);
        }
        registry =
                RegistryServer.start(
                        new ServerConfig(
                                        root,
                                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                                .withAccess(Optional.of(AccessConfig.of(root).withPolicy(policy))));
        host = "127.0.0.1:" + registry.address().getPort();
    }

    @AfterEach
    void stop() {
        registry.close();
    }

    @Test
    void skopeo_logs_in_pushes_lists_and_deletes() throws Exception {
        pushAsAlice("public/app", "team/app");
        String auth = "--authfile=" + directory.resolve("auth");
        succeeds(
                "skopeo",
                "copy",
                auth,
                "--src-tls-verify=false",
                "--dest-tls-verify=false",
                "docker://" + host + "/team/app:v1",
                "docker://" + host + "/public/copy:v1");
        assertTrue(
                succeeds("skopeo", "list-tags", auth, "--tls-verify=false", at("team/app"))
                        .contains("\"v1\""));
        succeeds("skopeo", "delete", auth, "--tls-verify=false", at("team/app") + ":v1");
        fails("skopeo", "inspect", auth, "--tls-verify=false", at("team/app") + ":v1");
    }

    @Test
    void without_a_login_skopeo_pulls_what_is_public_and_nothing_else() throws Exception {
        pushAsAlice("public/app", "team/app");
        String nobody = "--authfile=" + Files.writeString(directory.resolve("none"), "{}");
        succeeds("skopeo", "inspect", nobody, "--tls-verify=false", at("public/app") + ":v1");
        fails("skopeo", "inspect", nobody, "--tls-verify=false", at("team/app") + ":v1");
        fails(
                "skopeo",
                "copy",
                nobody,
                "--dest-tls-verify=false",
                "oci:" + image + ":v1",
                at("public/app") + ":v2");
        String bob = "--authfile=" + directory.resolve("bob");
        login("skopeo", "bob", bob);
        succeeds("skopeo", "inspect", bob, "--tls-verify=false", at("public/app") + ":v1");
        fails("skopeo", "inspect", bob, "--tls-verify=false", at("team/app") + ":v1");
    }

    @Test
    void a_wrong_password_is_refused_at_login() throws Exception {
        require("skopeo");
        String out =
                fails(
                        "skopeo",
                        "login",
                        "--authfile=" + directory.resolve("auth"),
                        "--tls-verify=false",
                        "-u",
                        "alice",
                        "-p",
                        "wrong",
                        host);
        assertTrue(out.contains("invalid username/password") || out.contains("unauthorized"), out);
    }

    @ParameterizedTest
    @ValueSource(strings = {"buildah", "podman"})
    void logs_in_pushes_and_pulls(String client) throws Exception {
        require(client);
        require("umoci");
        makeImage();
        String[] words = {
            client,
            "--storage-driver=vfs",
            "--root=" + directory.resolve("storage"),
            "--runroot=" + directory.resolve("run")
        };
        String auth = "--authfile=" + directory.resolve("auth");
        login(client, "alice", auth);
        succeeds(with(words, "pull", "oci:" + image + ":v1"));
        String id = succeeds(with(words, "images", "-q", "--no-trunc")).strip();
        succeeds(with(words, "push", auth, "--tls-verify=false", id, at("team/app") + ":v1"));
        succeeds(with(words, "rmi", "-a", "-f"));
        succeeds(with(words, "pull", auth, "--tls-verify=false", at("team/app") + ":v1"));
        succeeds(with(words, "rmi", "-a", "-f"));
        String nobody = "--authfile=" + Files.writeString(directory.resolve("none"), "{}");
        fails(with(words, "pull", nobody, "--tls-verify=false", at("team/app") + ":v1"));
    }

    @Test
    void docker_logs_in_pushes_pulls_and_logs_out() throws Exception {
        require("dockerd");
        require("docker");
        pushAsAlice("public/app", "team/app");
        try (ClientDaemon daemon = ClientDaemon.docker(directory.resolve("docker"))) {
            String[] docker = {
                "docker",
                "--host=unix://" + daemon.socket(),
                "--config=" + directory.resolve("docker-config")
            };
            succeeds(with(docker, "pull", host + "/public/app:v1"));
            fails(with(docker, "pull", host + "/team/app:v1"));
            fails(with(docker, "login", "-u", "alice", "-p", "wrong", host));
            succeeds(with(docker, "login", "-u", "alice", "-p", PASSWORD, host));
            succeeds(with(docker, "pull", host + "/team/app:v1"));
            succeeds(with(docker, "tag", host + "/team/app:v1", host + "/team/other:v2"));
            succeeds(with(docker, "push", host + "/team/other:v2"));
            succeeds(with(docker, "logout", host));
            fails(with(docker, "push", host + "/team/other:v2"));
            succeeds(with(docker, "pull", host + "/public/app:v1"));
        }
        String auth = "--authfile=" + directory.resolve("auth");
        assertTrue(
                succeeds("skopeo", "list-tags", auth, "--tls-verify=false", at("team/other"))
                        .contains("\"v2\""));
    }

    @Test
    void ctr_pulls_and_pushes_with_a_password_and_pulls_what_is_public_without() throws Exception {
        require("containerd");
        require("ctr");
        pushAsAlice("public/app", "team/app");
        try (ClientDaemon daemon = ClientDaemon.containerd(directory.resolve("containerd"))) {
            String[] ctr = {"ctr", "--address=" + daemon.socket(), "images"};
            String[] pull = with(ctr, "pull", "--plain-http", "--snapshotter=native");
            String user = "--user=alice:" + PASSWORD;
            succeeds(with(pull, host + "/public/app:v1"));
            fails(with(pull, host + "/team/app:v1"));
            succeeds(with(pull, user, host + "/team/app:v1"));
            succeeds(with(ctr, "tag", host + "/team/app:v1", host + "/team/other:v2"));
            fails(with(ctr, "push", "--plain-http", host + "/team/other:v2"));
            succeeds(with(ctr, "push", "--plain-http", user, host + "/team/other:v2"));
        }
        String auth = "--authfile=" + directory.resolve("auth");
        succeeds("skopeo", "inspect", auth, "--tls-verify=false", at("team/other") + ":v2");
    }

    /// An image as `v1` in each of these repositories.
    private void pushAsAlice(String... repositories) throws Exception {
        require("skopeo");
        require("umoci");
        makeImage();
        String auth = "--authfile=" + directory.resolve("auth");
        login("skopeo", "alice", auth);
        for (String repository : repositories) {
            succeeds(
                    "skopeo",
                    "copy",
                    auth,
                    "--dest-tls-verify=false",
                    "oci:" + image + ":v1",
                    at(repository) + ":v1");
        }
    }

    private String at(String repository) {
        return "docker://" + host + "/" + repository;
    }

    private void makeImage() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        succeeds("umoci", "init", "--layout", image.toString());
        succeeds("umoci", "new", "--image", image + ":v1");
        succeeds("umoci", "insert", "--image", image + ":v1", file.toString(), "/hello");
    }

    private void login(String client, String user, String auth) throws Exception {
        succeeds(client, "login", auth, "--tls-verify=false", "-u", user, "-p", PASSWORD, host);
    }
}
