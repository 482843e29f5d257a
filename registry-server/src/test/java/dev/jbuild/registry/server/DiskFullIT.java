package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server whose disk is a small tmpfs, in a mount namespace of its own.
class DiskFullIT {
    @TempDir Path directory;

    @Test
    void full_disk_is_503_and_what_fits_goes_on() throws Exception {
        Process trial = new ProcessBuilder("unshare", "--mount", "true").start();
        assumeTrue(trial.waitFor() == 0, "no mount namespace can be made here (needs root)");
        String mount = "mount -t tmpfs -o size=12m tmpfs " + directory + " && exec \"$@\"";
        try (ServerProcess server =
                        new ServerProcess(
                                List.of("unshare", "--mount", "sh", "-c", mount, "sh"),
                                "--root",
                                directory.resolve("root").toString(),
                                "--listen",
                                "127.0.0.1:0");
                Wire wire = new Wire(server.address())) {
            byte[] before = random(1_000_000);
            assertEquals(201, push(wire, before).status());

            String started =
                    wire.send("POST", "/v2/full/blobs/uploads/", new byte[0]).header("Location");
            assertEquals(202, wire.send("PATCH", started, random(100_000)).status());
            try (Wire large = new Wire(server.address())) {
                Wire.Reply refused = large.send("PATCH", started, random(20_000_000));
                assertEquals(503, refused.status());
                assertTrue(refused.text().contains("\"UNAVAILABLE\""), refused.text());
                assertTrue(refused.text().contains("disk is full"), refused.text());
            }
            Wire.Reply status = wire.send("GET", started, new byte[0]);
            assertEquals("0-99999", status.header("Range"));

            assertEquals("ok\n", wire.send("GET", "/readyz", new byte[0]).text());
            Path filler =
                    Path.of("/proc/" + server.process.pid() + "/root" + directory + "/filler");
            assertThrows(IOException.class, () -> Files.write(filler, new byte[12_000_000]));
            TimeUnit.MILLISECONDS.sleep(1100);
            Wire.Reply ready = wire.send("GET", "/readyz", new byte[0]);
            assertEquals(503, ready.status());
            assertEquals("the disk can't be written\n", ready.text());
            Files.delete(filler);
            TimeUnit.MILLISECONDS.sleep(1100);
            assertEquals("ok\n", wire.send("GET", "/readyz", new byte[0]).text());

            byte[] after = random(500_000);
            assertEquals(201, push(wire, after).status());
            for (byte[] blob : List.of(before, after)) {
                String target = "/v2/full/blobs/" + Digest.sha256(blob);
                assertEquals(blob.length, wire.send("GET", target, new byte[0]).body().length);
            }
        }
    }

    @Test
    void audit_log_is_whole_lines_after_the_disk_was_full() throws Exception {
        Process trial = new ProcessBuilder("unshare", "--mount", "true").start();
        assumeTrue(trial.waitFor() == 0, "no mount namespace can be made here (needs root)");
        Path disk = Files.createDirectory(directory.resolve("disk"));
        Path config =
                Files.writeString(
                        directory.resolve("registry.yaml"),
                        """
                        root: root
                        listen: 127.0.0.1:0
                        access: {service: s}
                        audit: {file: disk/audit.log}
                        """);
        String mount = "mount -t tmpfs -o size=1m tmpfs " + disk + " && exec \"$@\"";
        try (ServerProcess server =
                        new ServerProcess(
                                List.of("unshare", "--mount", "sh", "-c", mount, "sh"),
                                "--config",
                                config.toString());
                Wire wire = new Wire(server.address())) {
            // the server's disk, as it is the server that sees it
            Path seen = Path.of("/proc/" + server.process.pid() + "/root" + disk);
            refusedLogins(wire, 5);
            Path filler = seen.resolve("filler");
            assertThrows(IOException.class, () -> Files.write(filler, new byte[2 << 20]));
            refusedLogins(wire, 50);
            Files.delete(filler);
            refusedLogins(wire, 5);
            List<String> lines = Files.readAllLines(seen.resolve("audit.log"));
            assertTrue(lines.size() >= 10 && lines.size() < 60, lines.size() + " lines");
            for (String line : lines) {
                assertTrue(line.matches("\\{\"time\":[^{}]*}"), line);
                Json.parse(line.getBytes(UTF_8));
            }
        }
    }

    private static void refusedLogins(Wire wire, int many) throws Exception {
        for (int i = 0; i < many; i++) {
            Wire.Reply reply = wire.send("GET", "/v2/", new byte[0], "Authorization", "Digest x");
            assertEquals(401, reply.status());
        }
    }

    private static Wire.Reply push(Wire wire, byte[] blob) throws Exception {
        String target = "/v2/full/blobs/uploads/?digest=" + Digest.sha256(blob);
        return wire.send("POST", target, blob);
    }
}
