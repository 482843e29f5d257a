package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server is killed at random moments while several clients push images, again and again on the
/// same root. `-Djbuild.test.kills=300` for the long form.
class KillStormIT {
    private static final int KILLS = Integer.getInteger("jbuild.test.kills", 5);
    private static final int CLIENTS = 4;
    private static final byte[] NOTHING = {};

    @TempDir Path directory;

    /// Manifests by their target, and uploads with what was acknowledged of them.
    private final Map<String, byte[]> images = new ConcurrentHashMap<>();

    private final Map<String, byte[]> uploads = new ConcurrentHashMap<>();
    private final Random random = new Random(5);

    @Test
    void every_acknowledged_push_is_pullable_and_every_upload_goes_on_after_each_kill()
            throws Exception {
        for (int kill = 1; kill <= KILLS; kill++) {
            killUnderLoad(kill);
            try (ServerProcess server = ServerProcess.on(directory);
                    Wire wire = new Wire(server.address())) {
                for (Map.Entry<String, byte[]> upload : uploads.entrySet()) {
                    finish(wire, upload.getKey(), upload.getValue());
                }
                uploads.clear();
                boolean last = kill == KILLS;
                for (Map.Entry<String, byte[]> image : images.entrySet()) {
                    if (last || image.getKey().contains("/r" + kill + "-")) {
                        assertPullable(wire, image.getKey(), image.getValue());
                    }
                }
                server.kill();
            }
            assertIndexAgreesWithDisk();
        }
        assertTrue(images.size() >= KILLS * 2, "too few pushes to say anything: " + images.size());
        loseIndexAndReindex();
    }

    private void loseIndexAndReindex() throws Exception {
        ReindexTest.loseIndex(directory);
        List<String> told = new ArrayList<>();
        assertEquals(0, ReindexTest.reindex(directory, told), told.toString());
        try (ServerProcess server = ServerProcess.on(directory);
                Wire wire = new Wire(server.address())) {
            for (Map.Entry<String, byte[]> image : images.entrySet()) {
                assertPullable(wire, image.getKey(), image.getValue());
            }
        }
        assertIndexAgreesWithDisk();
    }

    private void killUnderLoad(int kill) throws Exception {
        AtomicInteger pushed = new AtomicInteger();
        try (ServerProcess server = ServerProcess.on(directory)) {
            InetSocketAddress address = server.address();
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String prefix = "/v2/storm" + i + "/manifests/r" + kill + "-";
                clients.add(
                        Thread.ofVirtual().start(() -> pushUntilItDies(address, prefix, pushed)));
            }
            while (pushed.get() < 4) {
                Thread.sleep(1);
            }
            Thread.sleep(random.nextInt(300));
            server.kill();
            for (Thread client : clients) {
                client.join();
            }
        }
    }

    private void pushUntilItDies(InetSocketAddress address, String prefix, AtomicInteger pushed) {
        try (Wire wire = new Wire(address)) {
            for (int i = 0; ; i++) {
                String repository = prefix.substring(0, prefix.indexOf("/manifests/"));
                byte[] config = random(100);
                byte[] layer = random(20_000);
                String whole = repository + "/blobs/uploads/?digest=" + Digest.sha256(config);
                assertEquals(201, wire.send("POST", whole, config).status());
                pushInParts(wire, repository, layer);
                byte[] manifest =
                        OciJson.encode(
                                        ImageManifest.of(
                                                Descriptor.of(MediaType.OCI_CONFIG, config),
                                                List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                                .bytes();
                String type = MediaType.OCI_MANIFEST.value();
                Wire.Reply reply = wire.send("PUT", prefix + i, manifest, "Content-Type", type);
                assertEquals(201, reply.status(), reply.text());
                images.put(prefix + i, manifest);
                pushed.incrementAndGet();
            }
        } catch (IOException _) {
            // killed, as planned
        }
    }

    private void pushInParts(Wire wire, String repository, byte[] layer) throws IOException {
        String location =
                wire.send("POST", repository + "/blobs/uploads/", NOTHING).header("Location");
        uploads.put(location, layer);
        assertEquals(202, wire.send("PATCH", location, Arrays.copyOf(layer, 12_000)).status());
        byte[] rest = Arrays.copyOfRange(layer, 12_000, layer.length);
        String put = location + "?digest=" + Digest.sha256(layer);
        assertEquals(201, wire.send("PUT", put, rest, "Content-Range", "12000-19999").status());
        uploads.remove(location);
    }

    /// Goes on where the upload is, whatever came of it; or it was finished, only the answer was
    /// lost.
    private static void finish(Wire wire, String location, byte[] layer) throws IOException {
        Wire.Reply status = wire.send("GET", location, NOTHING);
        Digest digest = Digest.sha256(layer);
        String repository = location.substring(0, location.indexOf("/blobs/uploads/"));
        if (status.status() == 204) {
            int last = Integer.parseInt(status.header("Range").substring(2));
            int size = last == 0 ? 0 : last + 1;
            byte[] rest = Arrays.copyOfRange(layer, size, layer.length);
            Wire.Reply reply = wire.send("PUT", location + "?digest=" + digest, rest);
            assertEquals(201, reply.status(), reply.text());
        } else {
            assertEquals(404, status.status());
        }
        Wire.Reply blob = wire.send("GET", repository + "/blobs/" + digest, NOTHING);
        assertEquals(200, blob.status(), blob.text());
        assertEquals(digest, Digest.sha256(blob.body()));
    }

    private static void assertPullable(Wire wire, String target, byte[] manifest) throws Exception {
        Wire.Reply reply = wire.send("GET", target, NOTHING);
        assertEquals(200, reply.status(), target);
        assertEquals(Digest.sha256(manifest), Digest.sha256(reply.body()));
        String repository = target.substring(0, target.indexOf("/manifests/"));
        for (Descriptor blob : GarbageTest.blobsOf(manifest)) {
            Wire.Reply got = wire.send("GET", repository + "/blobs/" + blob.digest(), NOTHING);
            assertEquals(blob.digest(), Digest.sha256(got.body()));
        }
    }

    /// Each row has its file, whole; each file of an upload has its row.
    private void assertIndexAgreesWithDisk() throws Exception {
        try (Connection connection =
                        DriverManager.getConnection(
                                "jdbc:sqlite:" + directory.resolve("metadata.db"));
                Statement statement = connection.createStatement()) {
            try (ResultSet rows = statement.executeQuery("PRAGMA integrity_check")) {
                assertEquals("ok", rows.getString(1));
            }
            try (ResultSet rows = statement.executeQuery("SELECT digest, size FROM blob")) {
                while (rows.next()) {
                    Digest digest = Digest.parse(rows.getString(1));
                    Path file = directory.resolve("blobs/sha256").resolve(digest.hex());
                    assertEquals(rows.getLong(2), Files.size(file));
                }
            }
        }
    }
}
