package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ImageManifest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.oci.OciJson;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Garbage collection beside requests. Time is made to pass by changing the index.
class GarbageTest {
    private static final long HOUR = 3_600_000;
    private static final GarbagePolicy.Age AN_HOUR = new GarbagePolicy.Age(Duration.ofHours(1));
    private static final String MANIFEST = MediaType.OCI_MANIFEST.value();

    @TempDir Path root;

    @Test
    void blob_that_no_manifest_refers_to_goes_after_the_grace_period_and_the_quarantine()
            throws Exception {
        try (Registry registry = registry()) {
            byte[] blob = random(1000);
            Digest digest = registry.pushBlob("idle", blob);
            registry.server.upkeep();
            registry.assertBlob("idle", digest, blob);

            passHours(2);
            registry.server.upkeep();
            assertEquals(404, registry.head("/v2/idle/blobs/" + digest).status());
            passHours(2);
            registry.server.upkeep();
            assertFalse(Files.exists(file(digest)));
            assertTrue(Files.exists(putAside(digest)));
            passHours(2);
            registry.server.upkeep();
            assertFalse(Files.exists(putAside(digest)));
            assertEquals(0, registry.totals().blobs());
            assertEquals(0, registry.totals().bytes());
        }
    }

    @Test
    void head_that_answered_200_keeps_the_blob_for_the_grace_period() throws Exception {
        try (Registry registry = registry()) {
            Digest digest = registry.pushBlob("head", random(1000));
            passHours(2);
            assertEquals(200, registry.head("/v2/head/blobs/" + digest).status());
            registry.server.upkeep();
            assertEquals(200, registry.head("/v2/head/blobs/" + digest).status());
            passHours(2);
            registry.server.upkeep();
            assertEquals(404, registry.head("/v2/head/blobs/" + digest).status());
        }
    }

    @Test
    void blob_pushed_again_is_kept_for_another_grace_period() throws Exception {
        try (Registry registry = registry()) {
            byte[] blob = random(1000);
            Digest digest = registry.pushBlob("again", blob);
            passHours(2);
            registry.pushBlob("again", blob);
            registry.server.upkeep();
            registry.assertBlob("again", digest, blob);
        }
    }

    @Test
    void what_a_manifest_refers_to_stays_until_it_is_deleted_and_the_space_comes_back()
            throws Exception {
        try (Registry registry = registry()) {
            Digest manifest = Digest.sha256(registry.pushImage("app", "v1"));
            passHours(100);
            registry.server.upkeep();
            assertEquals(3, registry.totals().blobs());
            assertPullable(registry, "app", "v1");

            assertEquals(202, registry.delete("/v2/app/manifests/" + manifest).status());
            collectAll(registry);
            assertEquals(0, registry.totals().blobs());
            assertEquals(0, filesBelow("blobs"));
            assertEquals(0, filesBelow("quarantine"));
        }
    }

    @Test
    void blob_stays_in_the_repository_that_uses_it_when_another_has_lost_it() throws Exception {
        try (Registry registry = registry()) {
            byte[] manifest = registry.image("one");
            for (Descriptor blob : blobsOf(manifest)) {
                String mount = "/v2/two/blobs/uploads/?from=one&mount=" + blob.digest();
                assertEquals(201, registry.send("POST", mount, new byte[0]).status());
            }
            assertEquals(201, registry.putManifest("two", "v1", MANIFEST, manifest).status());
            collectAll(registry);
            assertPullable(registry, "two", "v1");
            assertEquals(
                    404,
                    registry.head("/v2/one/blobs/" + blobsOf(manifest).getFirst().digest())
                            .status());
        }
    }

    @Test
    void content_put_aside_comes_back_when_it_is_pushed_again() throws Exception {
        try (Registry registry = registry()) {
            byte[] blob = random(1000);
            Digest digest = registry.pushBlob("back", blob);
            registry.delete("/v2/back/blobs/" + digest);
            passHours(2);
            registry.server.upkeep();
            assertTrue(Files.exists(putAside(digest)));

            registry.pushBlob("back", blob);
            registry.assertBlob("back", digest, blob);
            assertFalse(Files.exists(putAside(digest)));
            registry.server.upkeep();
            registry.assertBlob("back", digest, blob);
        }
    }

    @Test
    void collection_killed_between_index_and_file_is_finished_by_the_next() throws Exception {
        Digest digest;
        byte[] blob = random(1000);
        try (Registry registry = registry()) {
            digest = registry.pushBlob("killed", blob);
            registry.delete("/v2/killed/blobs/" + digest);
        }
        change("UPDATE blob SET quarantine_millis = 1, orphan_millis = 1"); // but not moved
        try (Registry registry = registry()) {
            registry.server.upkeep();
            assertEquals(0, filesBelow("blobs"));
            assertEquals(0, registry.totals().blobs());
        }
    }

    @Test
    void push_after_a_collection_that_was_killed_is_complete() throws Exception {
        byte[] blob = random(1000);
        Digest digest;
        try (Registry registry = registry()) {
            digest = registry.pushBlob("killed", blob);
            registry.delete("/v2/killed/blobs/" + digest);
        }
        change("UPDATE blob SET quarantine_millis = 1, orphan_millis = 1");
        try (Registry registry = registry()) {
            registry.pushBlob("killed", blob);
            registry.server.upkeep();
            registry.assertBlob("killed", digest, blob);
        }
    }

    @Test
    void content_of_a_refused_manifest_is_removed() throws Exception {
        try (Registry registry = registry()) {
            byte[] manifest = registry.image("elsewhere");
            assertEquals(400, registry.putManifest("here", "v1", MANIFEST, manifest).status());
            assertTrue(Files.exists(file(Digest.sha256(manifest))));
            registry.server.upkeep();
            assertFalse(Files.exists(file(Digest.sha256(manifest))));
        }
    }

    @Test
    void content_that_a_killed_server_had_just_made_permanent_is_removed() throws Exception {
        byte[] blob = random(1000);
        Digest digest = Digest.sha256(blob);
        registry().close();
        Path upload = Files.write(root.resolve("uploads/put-killed"), blob);
        Files.createLink(file(digest), upload);
        try (Registry registry = registry()) {
            registry.server.upkeep();
            assertEquals(0, filesBelow("blobs"));
            assertEquals(0, filesBelow("uploads"));
        }
    }

    @Test
    void untagged_manifests_stay_unless_the_policy_says_otherwise() throws Exception {
        try (Registry registry = registry()) {
            byte[] first = registry.pushImage("app", "latest");
            registry.pushImage("app", "latest");
            collectAll(registry);
            assertEquals(200, registry.head(manifest("app", first)).status());
        }
    }

    @Test
    void untagged_manifests_go_with_their_blobs_where_the_policy_says_so() throws Exception {
        try (Registry registry = registry(untaggedIn("app"))) {
            byte[] first = registry.pushImage("app", "latest");
            registry.pushImage("app", "latest");
            byte[] other = registry.pushImage("other", "latest");
            registry.delete("/v2/other/manifests/latest");
            collectAll(registry);
            assertEquals(404, registry.head(manifest("app", first)).status());
            assertPullable(registry, "app", "latest");
            assertEquals(200, registry.head(manifest("other", other)).status());
            assertEquals(
                    5, registry.totals().blobs(), "the same configuration, 2 layers, 2 manifests");
        }
    }

    @Test
    void head_of_an_untagged_manifest_that_answered_200_keeps_it() throws Exception {
        try (Registry registry = registry(untaggedIn("app"))) {
            byte[] manifest = registry.pushImage("app", "v1");
            registry.delete("/v2/app/manifests/v1");
            passHours(2);
            assertEquals(200, registry.head(manifest("app", manifest)).status());
            registry.server.upkeep();
            assertEquals(200, registry.head(manifest("app", manifest)).status());
        }
    }

    @Test
    void untagged_children_of_an_index_and_signed_manifests_stay() throws Exception {
        try (Registry registry = registry(untaggedIn("app"))) {
            DataSet data = new DataSet("index and signature");
            DataSet.Item child = data.image();
            data.add(DataSet.index(child), List.of("multi"));
            DataSet.Item signed = data.image();
            data.referrer(signed, "application/vnd.test.signature", "x", List.of());
            for (byte[] blob : data.blobs.values()) {
                registry.pushBlob("app", blob);
            }
            for (DataSet.Item item : data.manifests) {
                String reference =
                        item.tags().isEmpty() ? item.digest().toString() : item.tags().getFirst();
                assertEquals(
                        201,
                        registry.putManifest("app", reference, item.mediaType(), item.bytes())
                                .status());
            }
            collectAll(registry);
            for (DataSet.Item item : data.manifests) {
                assertEquals(200, registry.head("/v2/app/manifests/" + item.digest()).status());
            }
            registry.delete("/v2/app/manifests/multi");
            registry.delete("/v2/app/manifests/" + data.manifests.get(1).digest());
            collectAll(registry);
            assertEquals(404, registry.head("/v2/app/manifests/" + child.digest()).status());
        }
    }

    @Test
    void repository_in_which_nothing_is_left_leaves_the_catalog() throws Exception {
        try (Registry registry = registry()) {
            Digest manifest = Digest.sha256(registry.pushImage("gone", "v1"));
            registry.pushImage("here", "v1");
            registry.delete("/v2/gone/manifests/" + manifest);
            collectAll(registry);
            assertEquals("{\"repositories\":[\"here\"]}", registry.get("/v2/_catalog").text());
        }
    }

    @Test
    void layers_with_urls_that_were_pushed_all_the_same_stay() throws Exception {
        try (Registry registry = registry()) {
            byte[] layer = random(100);
            registry.pushBlob("urls", layer);
            byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
            registry.pushBlob("urls", config);
            String manifest =
                    new String(
                                    OciJson.encode(
                                                    ImageManifest.of(
                                                            Descriptor.of(
                                                                    MediaType.OCI_CONFIG, config),
                                                            List.of(
                                                                    Descriptor.of(
                                                                            MediaType.OCI_LAYER,
                                                                            layer))))
                                            .bytes(),
                                    StandardCharsets.UTF_8)
                            .replace("\"size\":100", "\"size\":100,\"urls\":[\"https://x.test/\"]");
            byte[] bytes = manifest.getBytes(StandardCharsets.UTF_8);
            assertEquals(201, registry.putManifest("urls", "v1", MANIFEST, bytes).status());
            collectAll(registry);
            registry.assertBlob("urls", Digest.sha256(layer), layer);
        }
    }

    private Registry registry() throws Exception {
        return registry(new GarbagePolicy(AN_HOUR, Duration.ofHours(1), _ -> Optional.empty()));
    }

    private Registry registry(GarbagePolicy policy) throws Exception {
        return new Registry(root, config -> config.withGarbage(policy));
    }

    private static GarbagePolicy untaggedIn(String repository) {
        return new GarbagePolicy(
                AN_HOUR,
                Duration.ofHours(1),
                name -> name.value().equals(repository) ? Optional.of(AN_HOUR) : Optional.empty());
    }

    /// Until nothing is left that could go.
    private void collectAll(Registry registry) throws Exception {
        for (int i = 0; i < 6; i++) {
            passHours(2);
            registry.server.upkeep();
        }
    }

    private void passHours(int hours) throws Exception {
        long millis = hours * HOUR;
        change("UPDATE repository_blob SET idle_millis = idle_millis - " + millis);
        change("UPDATE blob SET orphan_millis = orphan_millis - " + millis);
        change("UPDATE blob SET quarantine_millis = quarantine_millis - " + millis);
        change("UPDATE manifest SET loose_millis = loose_millis - " + millis);
        change("UPDATE repository SET created_millis = created_millis - " + millis);
    }

    private void change(String sql) throws Exception {
        try (Connection connection =
                        DriverManager.getConnection("jdbc:sqlite:" + root.resolve("metadata.db"));
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            statement.execute(sql);
        }
    }

    private static void assertPullable(Registry registry, String repository, String tag)
            throws Exception {
        Wire.Reply reply = registry.get("/v2/" + repository + "/manifests/" + tag);
        assertEquals(200, reply.status(), reply.text());
        for (Descriptor blob : blobsOf(reply.body())) {
            Wire.Reply got = registry.get("/v2/" + repository + "/blobs/" + blob.digest());
            assertEquals(200, got.status(), got.text());
            assertEquals(blob.digest(), Digest.sha256(got.body()));
        }
    }

    static List<Descriptor> blobsOf(byte[] manifest) throws Exception {
        ImageManifest image =
                OciJson.readImageManifest(manifest, Optional.of(MediaType.OCI_MANIFEST)).value();
        return Stream.concat(Stream.of(image.config()), image.layers().stream()).toList();
    }

    private static String manifest(String repository, byte[] bytes) {
        return "/v2/" + repository + "/manifests/" + Digest.sha256(bytes);
    }

    private Path file(Digest digest) {
        return root.resolve("blobs/sha256").resolve(digest.hex());
    }

    private Path putAside(Digest digest) {
        return root.resolve("quarantine").resolve("sha256-" + digest.hex());
    }

    private long filesBelow(String directory) throws Exception {
        try (Stream<Path> files = Files.walk(root.resolve(directory))) {
            return files.filter(Files::isRegularFile).count();
        }
    }
}
