package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server whose disk is a tmpfs of 12 MiB, in a mount namespace of its own.
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

    private static Wire.Reply push(Wire wire, byte[] blob) throws Exception {
        String target = "/v2/full/blobs/uploads/?digest=" + Digest.sha256(blob);
        return wire.send("POST", target, blob);
    }
}
