package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.store.FileTrees;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The power fails at any moment while clients push. The system calls of a real server are
/// recorded; each prefix of them, without what was not synced by then, is a root on which a server
/// is started that must have everything that was acknowledged by then.
class PowerCutIT {
    /// Of the moments between acknowledgements every so many-th is tried; those right after one are
    /// tried all. 1: each.
    private static final int STRIDE = Integer.getInteger("jbuild.test.powercut.stride", 150);

    private static final Pattern CREATED =
            Pattern.compile(
                    "^HTTP/1\\.1 201 .*?\r\nLocation: (\\S+)\r\nDocker-Content-Digest: (\\S+)\r\n",
                    Pattern.DOTALL | Pattern.CASE_INSENSITIVE);

    @TempDir Path directory;

    record Acknowledged(String location, String digest) {}

    @BeforeEach
    void needs_strace() throws Exception {
        Process trial =
                new ProcessBuilder("sh", "-c", "strace -o /dev/null true 2>/dev/null").start();
        assumeTrue(
                trial.waitFor() == 0,
                "strace is missing or may not trace (apt-get install strace)");
    }

    @Test
    void new_root_has_everything_acknowledged_after_a_power_cut() throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        assertSurvives(root, new DiskModel());
    }

    @Test
    void root_of_a_server_that_was_stopped_has_everything_acknowledged_after_a_power_cut()
            throws Exception {
        Path root = Files.createDirectory(directory.resolve("root"));
        try (Registry before = new Registry(root)) {
            before.pushImage("before", "v1");
        }
        assertSurvives(root, DiskModel.of(root));
    }

    private void assertSurvives(Path root, DiskModel disk) throws Exception {
        Path record = directory.resolve("trace");
        try (ServerProcess server =
                new ServerProcess(
                        Trace.command(record),
                        "--root",
                        root.toString(),
                        "--listen",
                        "127.0.0.1:0")) {
            pushAtOnce(server.address());
            server.kill();
        }
        Replay replay = new Replay();
        new Trace(root, disk, replay).play(record);
        replay.check(disk);
        assertTrue(replay.acknowledged.size() >= 18, "only " + replay.acknowledged.size());
        assertTrue(replay.checks >= 10, "only " + replay.checks);
    }

    private final class Replay implements Trace.Listener {
        final List<Acknowledged> acknowledged = new ArrayList<>();
        int checks;
        private int changes;
        private boolean isNew;

        @Override
        public void answered(String head) {
            Matcher matcher = CREATED.matcher(head);
            if (matcher.find()) {
                acknowledged.add(new Acknowledged(matcher.group(1), matcher.group(2)));
                isNew = true;
            }
        }

        @Override
        public void changed(DiskModel disk) throws IOException {
            if (isNew || changes++ % STRIDE == 0) {
                isNew = false;
                check(disk);
            }
        }

        void check(DiskModel disk) throws IOException {
            checks++;
            Path after = directory.resolve("after");
            disk.afterPowerCut(after, checks % 2 == 0);
            if (checks % 3 == 0 && Files.exists(after.resolve("metadata.journal"))) {
                loseIndex(after);
            }
            try (Registry registry = new Registry(after)) {
                for (Acknowledged push : acknowledged) {
                    Wire.Reply reply = registry.get(push.location());
                    assertEquals(200, reply.status(), push + " at check " + checks);
                    assertEquals(
                            push.digest(),
                            Digest.sha256(reply.body()).toString(),
                            push + " at check " + checks);
                }
                // Nothing that is left over is in the way of another push.
                registry.pushImage("after", "v1");
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            FileTrees.delete(after);
        }
    }

    /// Everything acknowledged is in the journal, too.
    private static void loseIndex(Path root) throws IOException {
        ReindexTest.loseIndex(root);
        List<String> told = new ArrayList<>();
        try {
            assertEquals(0, ReindexTest.reindex(root, told), told.toString());
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    private static void pushAtOnce(InetSocketAddress server) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                String repository = "client" + i;
                clients.add(threads.submit(() -> pushImages(server, repository)));
            }
            for (Future<?> client : clients) {
                client.get();
            }
        }
    }

    private static Void pushImages(InetSocketAddress server, String repository) throws Exception {
        try (Wire wire = new Wire(server)) {
            for (int i = 0; i < 2; i++) {
                byte[] config = random(50);
                byte[] layer = random(5000);
                pushAtOnce(wire, repository, config);
                pushInChunks(wire, repository, layer);
                byte[] manifest =
                        OciJson.encode(
                                        ImageManifest.of(
                                                Descriptor.of(MediaType.OCI_CONFIG, config),
                                                List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                                .bytes();
                String target = "/v2/" + repository + "/manifests/v" + i;
                String type = MediaType.OCI_MANIFEST.value();
                assertEquals(
                        201, wire.send("PUT", target, manifest, "Content-Type", type).status());
            }
            return null;
        }
    }

    private static void pushAtOnce(Wire wire, String repository, byte[] blob) throws IOException {
        String target = "/v2/" + repository + "/blobs/uploads/?digest=" + Digest.sha256(blob);
        assertEquals(201, wire.send("POST", target, blob).status());
    }

    private static void pushInChunks(Wire wire, String repository, byte[] blob) throws IOException {
        String location =
                wire.send("POST", "/v2/" + repository + "/blobs/uploads/", new byte[0])
                        .header("Location");
        assertEquals(202, wire.send("PATCH", location, Arrays.copyOf(blob, 3000)).status());
        String target = location + "?digest=" + Digest.sha256(blob);
        byte[] rest = Arrays.copyOfRange(blob, 3000, blob.length);
        assertEquals(201, wire.send("PUT", target, rest).status());
    }
}
