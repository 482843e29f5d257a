package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `registry …` as operators have it, beside a server and without one.
class RegistryCommandIT {
    @TempDir Path directory;

    record Result(int code, String out, String errors) {}

    @Test
    void dry_run_tells_what_would_go_and_changes_nothing_beside_a_server_or_not() throws Exception {
        byte[] blob = random(20_000);
        Digest digest = Digest.sha256(blob);
        String line = "would take unused blob " + digest + " (20.0 kB) from 'idle'";
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            assertEquals(201, push(wire, "idle", blob));
            passTwoDays();
            assertTrue(run("gc", "--dry-run").out().contains(line));
            server.terminate();
            server.exitCode();
        }
        assertTrue(run("gc", "--dry-run").out().contains(line));
        assertTrue(Files.exists(directory.resolve("blobs/sha256").resolve(digest.hex())));
    }

    @Test
    void rules_of_retention_can_be_tried_beside_a_server_and_without_one() throws Exception {
        Path config =
                Files.writeString(
                        directory.resolve("config.yaml"),
                        "root: root\nretention: [{repositories: ['**'], keep: 1}]\n");
        Path root = directory.resolve("root");
        Digest first;
        try (Registry registry = new Registry(root)) {
            first = Digest.sha256(registry.pushImage("app", "one"));
            Thread.sleep(2);
            registry.pushImage("app", "two");
        }
        String goes =
                "would delete tag 'one' of 'app' and later its manifest "
                        + first
                        + ": not among the newest 1";
        String stays = "keeps tag 'two' of 'app': among the newest 1";
        try (ServerProcess server = ServerProcess.on(root)) {
            server.address();
            assertTrue(run(root, "retention").out().contains("no rule lets tags go"), "by its own");
            Result tried = run(root, "retention", "--config", config.toString());
            assertEquals(0, tried.code(), tried.out() + tried.errors());
            assertEquals(
                    List.of(goes, stays, "now would go: 1 tags; 1 that rules speak of stay"),
                    tried.out().lines().toList());
        }
        String dry = run(root, "gc", "--dry-run", "--config", config.toString()).out();
        assertTrue(dry.startsWith(goes), dry);
        String done = run(root, "gc", "--config", config.toString()).out();
        assertTrue(done.contains("gone: 1 tags, 0 manifests"), done);
        try (Registry registry = new Registry(root)) {
            assertEquals(
                    "{\"name\":\"app\",\"tags\":[\"two\"]}",
                    registry.get("/v2/app/tags/list").text());
        }
    }

    @Test
    void gc_collects_in_the_server_that_runs() throws Exception {
        byte[] blob = random(20_000);
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            push(wire, "idle", blob);
            passTwoDays();
            Result result = run("gc");
            assertEquals(0, result.code(), result.errors());
            assertTrue(result.out().contains("1 unused blobs of repositories"), result.out());
            String target = "/v2/idle/blobs/" + Digest.sha256(blob);
            assertEquals(404, wire.send("HEAD", target, new byte[0]).status());
        }
    }

    @Test
    void read_only_refuses_pushes_and_deletes_and_serves_pulls() throws Exception {
        byte[] blob = random(100);
        String target = "/v2/app/blobs/" + Digest.sha256(blob);
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            push(wire, "app", blob);
            assertEquals(0, run("read-only", "on").code());
            assertTrue(run("status").out().contains("read-only on"));
            assertEquals(405, push(wire, "app", random(100)));
            assertEquals(405, wire.send("DELETE", target, new byte[0]).status());
            assertEquals(200, wire.send("GET", target, new byte[0]).status());
            assertEquals(0, run("read-only", "off").code());
            assertEquals(201, push(wire, "app", random(100)));
        }
    }

    @Test
    void socket_for_commands_is_for_the_servers_user_alone() throws Exception {
        try (ServerProcess server = ServerProcess.on(directory)) {
            server.address();
            assertEquals(
                    PosixFilePermissions.fromString("rw-------"),
                    Files.getPosixFilePermissions(directory.resolve("control")));
        }
    }

    @Test
    void directory_without_a_registry_is_refused_and_nothing_is_made_in_it() throws Exception {
        Result result = run("gc");
        assertEquals(1, result.code());
        assertTrue(
                result.errors().contains("there is no registry in '" + directory), result.errors());
        assertFalse(Files.exists(directory.resolve("blobs")));
    }

    @Test
    void wrong_commands_are_told_in_one_line() throws Exception {
        assertEquals(2, run("what").code());
        assertEquals(2, run("gc", "--what").code());
        assertEquals(1, run("read-only").errors().lines().count());
    }

    private Result run(String... words) throws Exception {
        return run(directory, words);
    }

    static Result run(Path root, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("registry"));
        all.addAll(List.of(words));
        all.addAll(List.of("--root", root.toString()));
        try (ServerProcess command = new ServerProcess(List.of(), all.toArray(String[]::new))) {
            String out =
                    new String(
                            command.process.getInputStream().readAllBytes(),
                            StandardCharsets.UTF_8);
            return new Result(command.exitCode(), out, command.errors());
        }
    }

    private static int push(Wire wire, String repository, byte[] blob) throws Exception {
        String target = "/v2/" + repository + "/blobs/uploads/?digest=" + Digest.sha256(blob);
        return wire.send("POST", target, blob).status();
    }

    private void passTwoDays() throws Exception {
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("metadata.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute("UPDATE repository_blob SET idle_millis = idle_millis - 172800000");
        }
    }
}
