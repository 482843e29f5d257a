package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that push, mount, ask for, delete and pull the same few blobs while garbage is collected
/// without a pause, with a grace period barely longer than a push.
class GarbageStressTest {
    private static final int CLIENTS = 6;
    private static final int ROUNDS = Integer.getInteger("jbuild.test.gc.rounds", 40);
    private static final List<byte[]> LAYERS =
            Stream.generate(() -> Registry.random(3000)).limit(5).toList();
    private static final GarbagePolicy POLICY =
            new GarbagePolicy(
                    new GarbagePolicy.Age(Duration.ofMillis(300)),
                    Duration.ZERO,
                    _ -> Optional.of(new GarbagePolicy.Age(Duration.ofMillis(300))));

    @TempDir Path root;

    @Test
    void every_acknowledged_push_stays_pullable_and_nothing_unreferenced_stays() throws Exception {
        try (Registry registry =
                new Registry(
                        root,
                        config -> config.withGarbage(POLICY).withUpkeep(Duration.ofMillis(1)))) {
            int acknowledged = 0;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Integer>> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(threads.submit(new Client(registry, i)));
                }
                for (Future<Integer> client : clients) {
                    acknowledged += client.get();
                }
            }
            assertTrue(
                    acknowledged > CLIENTS * ROUNDS / 2,
                    "too few pushes to say anything: " + acknowledged);
            awaitNothing(registry);
        }
    }

    private void awaitNothing(Registry registry) throws Exception {
        long deadline = System.nanoTime() + 60_000_000_000L;
        while (registry.totals().blobs() > 0 && System.nanoTime() < deadline) {
            Thread.sleep(50);
        }
        assertEquals(0, registry.totals().blobs());
        assertEquals(0, registry.totals().bytes());
        try (Stream<Path> files = Files.walk(root.resolve("blobs"))) {
            assertEquals(List.of(), files.filter(Files::isRegularFile).toList());
        }
        try (Stream<Path> files = Files.list(root.resolve("quarantine"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    /// Has repositories of its own, but the blobs of all.
    private static final class Client implements Callable<Integer> {
        private final Registry registry;
        private final int id;
        private final Random random;
        private final Map<String, byte[]> acknowledged = new HashMap<>();
        private int pushes;

        Client(Registry registry, int id) {
            this.registry = registry;
            this.id = id;
            this.random = new Random(id);
        }

        @Override
        public Integer call() throws Exception {
            try (Wire wire = registry.connect()) {
                for (int round = 0; round < ROUNDS; round++) {
                    String repository = "client" + id + "/r" + random.nextInt(2);
                    push(wire, repository, "t" + random.nextInt(3));
                    for (Map.Entry<String, byte[]> image : acknowledged.entrySet()) {
                        assertPullable(wire, image.getKey(), image.getValue());
                    }
                    if (random.nextInt(3) == 0 && !acknowledged.isEmpty()) {
                        delete(wire, acknowledged.keySet().iterator().next());
                    }
                }
                while (!acknowledged.isEmpty()) {
                    delete(wire, acknowledged.keySet().iterator().next());
                }
                return pushes;
            }
        }

        private void push(Wire wire, String repository, String tag) throws IOException {
            byte[] config =
                    ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"n\":"
                                    + random.nextInt(3)
                                    + "}")
                            .getBytes(StandardCharsets.UTF_8);
            byte[] layer = LAYERS.get(random.nextInt(LAYERS.size()));
            byte[] manifest =
                    OciJson.encode(
                                    ImageManifest.of(
                                            Descriptor.of(MediaType.OCI_CONFIG, config),
                                            List.of(Descriptor.of(MediaType.OCI_LAYER, layer))))
                            .bytes();
            sendBlob(wire, repository, config);
            sendBlob(wire, repository, layer);
            String target = "/v2/" + repository + "/manifests/" + tag;
            Wire.Reply reply =
                    wire.send(
                            "PUT",
                            target,
                            manifest,
                            "Content-Type",
                            MediaType.OCI_MANIFEST.value());
            // After a pause longer than the grace period a blob may be gone: no push, no harm.
            assertTrue(reply.status() == 201 || reply.status() == 400, reply.text());
            if (reply.status() == 201) {
                acknowledged.put(target, manifest);
                pushes++;
            }
        }

        /// As clients do: ask, mount, and only then send.
        private void sendBlob(Wire wire, String repository, byte[] blob) throws IOException {
            Digest digest = Digest.sha256(blob);
            if (random.nextBoolean()
                    && wire.send("HEAD", "/v2/" + repository + "/blobs/" + digest, new byte[0])
                                    .status()
                            == 200) {
                return;
            }
            String uploads = "/v2/" + repository + "/blobs/uploads/";
            if (random.nextBoolean()
                    && wire.send("POST", uploads + "?mount=" + digest, new byte[0]).status()
                            == 201) {
                return;
            }
            Wire.Reply reply = wire.send("POST", uploads + "?digest=" + digest, blob);
            assertEquals(201, reply.status(), reply.text());
        }

        private void assertPullable(Wire wire, String target, byte[] manifest) throws Exception {
            Wire.Reply reply = wire.send("GET", target, new byte[0]);
            assertEquals(200, reply.status(), reply.text());
            assertEquals(Digest.sha256(manifest), Digest.sha256(reply.body()));
            String repository = target.substring(0, target.indexOf("/manifests/"));
            for (Descriptor blob : GarbageTest.blobsOf(manifest)) {
                Wire.Reply got =
                        wire.send("GET", repository + "/blobs/" + blob.digest(), new byte[0]);
                assertEquals(200, got.status(), got.text());
                assertEquals(blob.digest(), Digest.sha256(got.body()));
            }
        }

        private void delete(Wire wire, String target) throws IOException {
            String doomed = target;
            if (random.nextBoolean()) { // by digest: all tags of it
                byte[] manifest = Objects.requireNonNull(acknowledged.get(target));
                String repository = target.substring(0, target.indexOf("/manifests/"));
                Digest digest = Digest.sha256(manifest);
                doomed = repository + "/manifests/" + digest;
                acknowledged
                        .entrySet()
                        .removeIf(
                                image ->
                                        image.getKey().startsWith(repository + "/")
                                                && Digest.sha256(image.getValue()).equals(digest));
            }
            acknowledged.remove(target);
            assertEquals(202, wire.send("DELETE", doomed, new byte[0]).status());
        }
    }
}
