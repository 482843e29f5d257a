package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The command `serve` as users have it: one line when ready, one line when something is in the
/// way, and nothing lost when it is killed.
class ServeIT {
    @TempDir Path directory;

    @Test
    void sigterm_ends_it_with_exit_code_0_and_nothing_on_stderr() throws Exception {
        try (ServerProcess server = ServerProcess.on(directory)) {
            server.address();
            server.terminate();
            assertEquals(0, server.exitCode());
            assertEquals("", server.errors());
        }
    }

    @Test
    void sigterm_at_any_moment_of_the_start_ends_it_without_a_word() throws Exception {
        for (int millis = 250; millis <= 1000; millis += 150) {
            try (ServerProcess server = ServerProcess.on(directory)) {
                Thread.sleep(millis);
                server.terminate();
                int code = server.exitCode();
                // Before the JVM has come to the program the signal is the JVM's own.
                assertTrue(code == 0 || code == 143, "exit code " + code);
                assertEquals("", server.errors());
            }
        }
    }

    /// The moment between the signal and the end, which can't be hit from outside.
    @Test
    void started_while_the_process_ends_already_it_does_not_say_a_word() throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Path.of("target", "test-classes") + ":" + Path.of("target", "lib", "*"),
                        LateStart.class.getName(),
                        directory.resolve("late").toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(143, process.waitFor(), said);
        assertEquals("", said);
        assertFalse(Files.exists(directory.resolve("late")));
    }

    /// A process that SIGTERM ends, with a hook that takes its time, in which the server is
    /// started.
    static final class LateStart {
        private LateStart() {}

        public static void main(String[] words) {
            Thread hook = new Thread(() -> serve(words[0]));
            Runtime.getRuntime().addShutdownHook(hook);
            System.exit(143);
        }

        private static void serve(String root) {
            try {
                Main.main(new String[] {"--root", root, "--listen", "127.0.0.1:0"});
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void killed_in_the_middle_of_an_upload_it_resumes_at_the_right_byte() throws Exception {
        byte[] blob = random(3_000_000);
        Digest digest = Digest.sha256(blob);
        String location;
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            location =
                    wire.send("POST", "/v2/killed/blobs/uploads/", new byte[0]).header("Location");
            wire.raw(Wire.head("PATCH", location) + "Content-Length: 3000000\r\n\r\n");
            wire.raw(Arrays.copyOf(blob, 1_234_567));
            Path file = directory.resolve("uploads").resolve(Path.of(location).getFileName());
            for (int i = 0; i < 500 && !hasSize(file, 1_234_567); i++) {
                Thread.sleep(10);
            }
            server.kill();
        }
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            Wire.Reply status = wire.send("GET", location, new byte[0]);
            assertEquals(204, status.status());
            assertEquals("0-1234566", status.header("Range"));
            byte[] rest = Arrays.copyOfRange(blob, 1_234_567, blob.length);
            Wire.Reply reply =
                    wire.send(
                            "PUT",
                            location + "?digest=" + digest,
                            rest,
                            "Content-Range",
                            "1234567-2999999");
            assertEquals(201, reply.status(), reply.text());
            Wire.Reply pulled = wire.send("GET", "/v2/killed/blobs/" + digest, new byte[0]);
            assertArrayEquals(blob, pulled.body());
        }
    }

    @Test
    void port_in_use_is_told_in_one_line() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String listen = "127.0.0.1:" + taken.getLocalPort();
            assertRefused(1, listen, "--root", directory.toString(), "--listen", listen);
        }
    }

    @Test
    void second_server_on_the_same_root_is_refused() throws Exception {
        try (ServerProcess first = ServerProcess.on(directory)) {
            first.address();
            assertRefused(
                    1,
                    "in use by another",
                    "--root",
                    directory.toString(),
                    "--listen",
                    "127.0.0.1:0");
        }
    }

    @Test
    void root_that_is_a_file_is_refused() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertRefused(1, "choose another --root", "--root", file.toString());
    }

    @Test
    void root_of_a_newer_version_is_refused() throws Exception {
        try (ServerProcess server = ServerProcess.on(directory)) {
            server.address();
            server.terminate();
            server.exitCode();
        }
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("metadata.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE schema_version SET version = 999");
        }
        assertRefused(1, "schema version 999", "--root", directory.toString());
    }

    @Test
    void wrong_arguments_are_told_in_one_line() throws Exception {
        assertRefused(2, "'--root DIR' is missing");
        assertRefused(2, "'--listen nowhere'", "--root", "x", "--listen", "nowhere");
        assertRefused(2, "'--what'", "--what");
    }

    @Test
    void help_goes_to_standard_output() throws Exception {
        try (ServerProcess server = new ServerProcess(List.of(), "--help")) {
            assertEquals(0, server.exitCode());
        }
    }

    private static void assertRefused(int code, String part, String... words) throws Exception {
        try (ServerProcess server = new ServerProcess(List.of(), words)) {
            assertEquals(code, server.exitCode());
            String errors = server.errors();
            assertTrue(errors.startsWith("jbuild serve: "), errors);
            assertTrue(errors.contains(part), errors);
            assertEquals(1, errors.lines().count(), errors);
        }
    }

    private static boolean hasSize(Path file, long size) throws IOException {
        return Files.exists(file) && Files.size(file) == size;
    }
}
