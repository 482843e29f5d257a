package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server whose disk fails for a while: strace makes system calls of the running process fail.
class FailingDiskIT {
    private static final byte[] NOTHING = {};

    @TempDir Path directory;

    @BeforeEach
    void needs_strace() throws Exception {
        Process trial =
                new ProcessBuilder("sh", "-c", "strace -o /dev/null true 2>/dev/null").start();
        assumeTrue(
                trial.waitFor() == 0,
                "strace is missing or may not trace (apt-get install strace)");
    }

    @Test
    void failing_sync_is_503_nothing_is_acknowledged_and_the_server_recovers() throws Exception {
        assertRefusedWhile("fsync,fdatasync:error=EIO");
    }

    @Test
    void read_only_disk_is_503_nothing_is_acknowledged_and_the_server_recovers() throws Exception {
        assertRefusedWhile("link,linkat,fsync,fdatasync,pwrite64:error=EROFS");
    }

    @Test
    void upload_whose_sync_failed_has_to_be_sent_again() throws Exception {
        byte[] blob = random(5000);
        String digest = "?digest=" + Digest.sha256(blob);
        try (ServerProcess server = ServerProcess.on(directory.resolve("root"));
                Wire wire = new Wire(server.address())) {
            String location = wire.send("POST", "/v2/a/blobs/uploads/", NOTHING).header("Location");
            assertEquals(202, wire.send("PATCH", location, blob).status());
            try (Failure _ = new Failure(server, "fdatasync:error=EIO")) {
                assertEquals(503, wire.send("PUT", location + digest, NOTHING).status());
            }
            assertEquals("0-0", wire.send("GET", location, NOTHING).header("Range"));
            assertEquals(400, wire.send("PUT", location + digest, NOTHING).status());
        }
    }

    private void assertRefusedWhile(String fault) throws Exception {
        byte[] before = random(1000);
        byte[] during = random(1000);
        byte[] after = random(1000);
        try (ServerProcess server = ServerProcess.on(directory.resolve("root"));
                Wire wire = new Wire(server.address())) {
            assertEquals(201, push(wire, before).status());
            try (Failure _ = new Failure(server, fault)) {
                Wire.Reply refused = push(wire, during);
                assertEquals(503, refused.status(), refused.text());
                assertTrue(refused.text().contains("\"UNAVAILABLE\""), refused.text());
                Wire.Reply index =
                        wire.send(
                                "PUT",
                                "/v2/a/manifests/v1",
                                index(),
                                "Content-Type",
                                MediaType.OCI_INDEX.value());
                assertEquals(503, index.status(), index.text());
                assertPulled(wire, before);
                assertEquals(404, get(wire, during).status());
            }
            assertEquals(404, get(wire, during).status());
            assertEquals(201, push(wire, after).status());
            assertEquals(201, push(wire, during).status());
            for (byte[] blob : List.of(before, during, after)) {
                assertPulled(wire, blob);
            }
            assertEquals(404, wire.send("GET", "/v2/a/manifests/v1", NOTHING).status());
        }
    }

    private static byte[] index() {
        return ("{\"schemaVersion\":2,\"mediaType\":\""
                        + MediaType.OCI_INDEX.value()
                        + "\",\"manifests\":[]}")
                .getBytes(StandardCharsets.UTF_8);
    }

    private static Wire.Reply push(Wire wire, byte[] blob) throws Exception {
        return wire.send("POST", "/v2/a/blobs/uploads/?digest=" + Digest.sha256(blob), blob);
    }

    private static Wire.Reply get(Wire wire, byte[] blob) throws Exception {
        return wire.send("GET", "/v2/a/blobs/" + Digest.sha256(blob), NOTHING);
    }

    private static void assertPulled(Wire wire, byte[] blob) throws Exception {
        assertArrayEquals(blob, get(wire, blob).body());
    }

    /// While it is open, system calls of the server fail.
    private final class Failure implements AutoCloseable {
        private final Process strace;

        Failure(ServerProcess server, String fault) throws Exception {
            Path log = directory.resolve("faults");
            Files.deleteIfExists(log);
            strace =
                    new ProcessBuilder(
                                    "strace",
                                    "-f",
                                    "-e",
                                    "inject=" + fault,
                                    "-o",
                                    log.toString(),
                                    "-p",
                                    String.valueOf(server.process.pid()))
                            .redirectErrorStream(true)
                            .start();
            // "strace: Process 123 attached with 40 threads"
            String line = strace.inputReader().readLine();
            assertTrue(line != null && line.contains("attached"), line);
        }

        @Override
        public void close() {
            strace.destroy();
            strace.onExit().orTimeout(20, TimeUnit.SECONDS).join();
        }
    }
}
