package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        require("skopeo");
        require("umoci");
        makeImage();
        String auth = "--authfile=" + directory.resolve("auth");
        login("skopeo", "alice", auth);
        for (String repository : List.of("public/app", "team/app")) {
            String to = "docker://" + host + "/" + repository + ":v1";
            succeeds("skopeo", "copy", auth, "--dest-tls-verify=false", "oci:" + image + ":v1", to);
        }
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
        require("skopeo");
        require("umoci");
        makeImage();
        String auth = "--authfile=" + directory.resolve("auth");
        login("skopeo", "alice", auth);
        for (String repository : List.of("public/app", "team/app")) {
            succeeds(
                    "skopeo",
                    "copy",
                    auth,
                    "--dest-tls-verify=false",
                    "oci:" + image + ":v1",
                    at(repository) + ":v1");
        }
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

    @Test
    void buildah_pushes_and_pulls() throws Exception {
        require("buildah");
        require("umoci");
        makeImage();
        String[] buildah = {
            "buildah",
            "--storage-driver=vfs",
            "--root=" + directory.resolve("storage"),
            "--runroot=" + directory.resolve("run")
        };
        String auth = "--authfile=" + directory.resolve("auth");
        login("buildah", "alice", auth);
        succeeds(with(buildah, "pull", "oci:" + image + ":v1"));
        String id = succeeds(with(buildah, "images", "-q", "--no-trunc")).strip();
        succeeds(with(buildah, "push", auth, "--tls-verify=false", id, at("team/app") + ":v1"));
        succeeds(with(buildah, "rmi", "-a", "-f"));
        succeeds(with(buildah, "pull", auth, "--tls-verify=false", at("team/app") + ":v1"));
        succeeds(with(buildah, "rmi", "-a", "-f"));
        String nobody = "--authfile=" + Files.writeString(directory.resolve("none"), "{}");
        fails(with(buildah, "pull", nobody, "--tls-verify=false", at("team/app") + ":v1"));
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

    private static String[] with(String[] words, String... more) {
        String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }

    private static void require(String program) throws Exception {
        int missing =
                new ProcessBuilder("sh", "-c", "command -v " + program)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor();
        assumeTrue(missing == 0, program + " is not installed (apt-get install " + program + ")");
    }

    private static String succeeds(String... command) throws Exception {
        Result result = run(command);
        assertEquals(0, result.code(), String.join(" ", command) + "\n" + result.output());
        return result.output();
    }

    private static String fails(String... command) throws Exception {
        Result result = run(command);
        assertTrue(result.code() != 0, String.join(" ", command) + "\n" + result.output());
        return result.output();
    }

    private record Result(int code, String output) {}

    private static Result run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }
}
