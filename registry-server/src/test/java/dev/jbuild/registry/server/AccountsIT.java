package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jbuild registry user` and `key` as processes of their own, beside a server.
class AccountsIT {
    @TempDir Path directory;

    private record Result(int code, String out, String errors) {}

    @Test
    void a_user_made_on_standard_input_logs_in_to_the_server_that_runs() throws Exception {
        assertEquals(
                new Result(
                        0,
                        "user 'alice' can log in; a server that was started without users controls access once it is restarted\n",
                        ""),
                run("open sesame\n", "user", "add", "alice"));
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            assertEquals(401, wire.send("GET", "/v2/", Registry.NOTHING).status());
            assertEquals(200, ping(wire, "alice", "open sesame"));
            assertEquals(0, run("two\n", "user", "add", "bob").code());
            assertEquals(200, ping(wire, "bob", "two"));
            assertEquals("alice\nbob\n", run("", "user", "list").out());
            String key = run("", "key", "add", "robot:ci", "--expires", "1d").out().strip();
            assertEquals(200, ping(wire, "ci", key));
            String id = run("", "key", "list").out().split(" ", 2)[0];
            assertEquals(0, run("", "key", "remove", id).code());
            assertEquals(401, ping(wire, "ci", key));
            assertEquals(0, run("", "user", "remove", "bob").code());
            assertEquals(401, ping(wire, "bob", "two"));
        }
        try (var files = Files.list(directory)) {
            assertFalse(files.anyMatch(file -> file.toString().contains("libraries")));
        }
    }

    @Test
    void mistakes_are_told_in_one_line() throws Exception {
        refused(2, "'a b' is no name for a user", "user", "add", "a b");
        refused(2, "'user' is followed by add, remove or list", "user");
        refused(2, "'team/**' is not PATTERN:ACTIONS", "key", "add", "x", "--limit", "team/**");
        refused(2, "'--expires soon' is no number of days", "key", "add", "x", "--expires", "soon");
        refused(1, "no password on standard input", "user", "add", "alice");
        assertEquals(new Result(1, "there are no users and keys\n", ""), run("", "user", "list"));
        assertEquals(0, run("x\n", "user", "add", "alice").code());
        assertEquals(
                new Result(1, "there is no 'nobody'\n", ""), run("", "user", "remove", "nobody"));
    }

    private void refused(int code, String message, String... words) throws Exception {
        Result result = run("", words);
        assertEquals(code, result.code(), result.errors());
        assertTrue(result.errors().startsWith("jbuild registry: " + message), result.errors());
        assertEquals(1, result.errors().lines().count(), result.errors());
    }

    private static int ping(Wire wire, String user, String password) throws Exception {
        String pair = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
        return wire.send("GET", "/v2/", Registry.NOTHING, "Authorization", "Basic " + pair)
                .status();
    }

    private Result run(String input, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of("registry"));
        all.addAll(List.of(words));
        all.addAll(List.of("--root", directory.toString()));
        try (ServerProcess command = new ServerProcess(List.of(), all.toArray(String[]::new))) {
            command.process.getOutputStream().write(input.getBytes(UTF_8));
            command.process.getOutputStream().close();
            String out = new String(command.process.getInputStream().readAllBytes(), UTF_8);
            String errors = command.errors();
            return new Result(command.exitCode(), out, errors);
        }
    }
}
