package dev.jbuild.registry.server;

import static dev.jbuild.registry.server.Registry.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.MediaType;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The index is lost, and made anew from the journal or from content. What both say is compared row
/// by row.
class ReindexTest {
    private static final GarbagePolicy.Age AN_HOUR = new GarbagePolicy.Age(Duration.ofHours(1));
    private static final String MANIFEST = MediaType.OCI_MANIFEST.value();

    @TempDir Path root;

    @Test
    void lost_index_comes_back_as_it_was_after_pushes_deletes_mounts_and_collections()
            throws Exception {
        List<String> before;
        try (Registry registry = registry()) {
            change(registry);
            before = rows();
        }
        loseIndex();
        String told = reindex();
        assertTrue(told.contains("; 0 missing, "), told);
        assertEquals(before, rows());
        try (Registry registry = registry()) {
            assertPullable(registry, "app", "kept");
            assertEquals(404, registry.head("/v2/app/manifests/deleted").status());
            assertEquals(404, registry.head("/v2/app/manifests/untagged").status());
            change(registry); // and it goes on from there
            before = rows();
        }
        loseIndex();
        reindex();
        assertEquals(before, rows());
    }

    @Test
    void index_that_came_back_is_collected_like_any_other() throws Exception {
        try (Registry registry = registry()) {
            registry.pushBlob("idle", random(100));
            Digest lost = registry.pushBlob("lost", random(100));
            registry.delete("/v2/lost/blobs/" + lost);
        }
        loseIndex();
        assertTrue(reindex().contains("1 that no repository has"));
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
            for (int i = 0; i < 4; i++) {
                hoursPass(2);
                registry.server.upkeep();
            }
            assertEquals(3, registry.totals().blobs());
            assertPullable(registry, "app", "v1");
        }
    }

    @Test
    void server_does_not_start_on_content_without_its_index() throws Exception {
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
        }
        loseIndex();
        assertTrue(refused().endsWith("jbuild registry reindex makes it anew from its journal"));
        Files.delete(root.resolve("metadata.journal"));
        assertTrue(refused().contains("a backup is better"));
        assertFalse(Files.exists(root.resolve("metadata.db")));
    }

    @Test
    void index_older_than_its_journal_is_refused_until_somebody_decides() throws Exception {
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
        }
        Path old = Files.copy(root.resolve("metadata.db"), root.resolve("old"));
        try (Registry registry = registry()) {
            registry.pushImage("app", "v2");
            registry.pushImage("app", "v3");
        }
        loseIndex();
        Files.copy(old, root.resolve("metadata.db"));
        assertTrue(refused().contains("it is older than its journal"));
        loseIndex();
        reindex();
        try (Registry registry = registry()) {
            assertPullable(registry, "app", "v3");
        }
        loseIndex();
        Files.copy(old, root.resolve("metadata.db"));
        Files.delete(root.resolve("metadata.journal"));
        try (Registry registry = registry()) {
            assertPullable(registry, "app", "v1");
            assertEquals(404, registry.head("/v2/app/manifests/v3").status());
        }
    }

    @Test
    void journal_of_another_index_is_refused() throws Exception {
        try (Registry registry = new Registry(root.resolve("other"))) {
            registry.pushImage("app", "v1");
        }
        registry().close();
        Files.copy(
                root.resolve("other/metadata.journal"),
                root.resolve("metadata.journal"),
                StandardCopyOption.REPLACE_EXISTING);
        String problem = refused();
        assertTrue(problem.contains("it is not the index that its journal goes with"), problem);
        assertTrue(problem.contains("Put the 'metadata.journal' back"), problem);
        assertFalse(problem.contains("Move 'metadata.db' away"), problem);
    }

    @Test
    void journal_that_is_missing_or_lacks_its_end_is_written_anew_at_the_start() throws Exception {
        Path journal = root.resolve("metadata.journal");
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
        }
        byte[] shorter = Files.readAllBytes(journal);
        try (Registry registry = registry()) {
            registry.pushImage("app", "v2");
        }
        Files.write(journal, shorter);
        registry().close();
        assertComesBack("v1", "v2");
        Files.delete(journal);
        registry().close();
        assertComesBack("v1", "v2");
    }

    @Test
    void torn_end_of_the_journal_is_nothing() throws Exception {
        Path journal = root.resolve("metadata.journal");
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
        }
        String text = Files.readString(journal, StandardCharsets.ISO_8859_1);
        String written = text.substring(0, text.indexOf('\0'));
        String torn = written + "@ 99 5000 0123abcd\n+t app v9 sha256:";
        Files.writeString(journal, torn, StandardCharsets.ISO_8859_1);
        assertComesBack("v1");
        try (Registry registry = registry()) {
            registry.pushImage("app", "v2");
        }
        assertComesBack("v1", "v2");
    }

    @Test
    void damage_in_the_middle_of_the_journal_costs_only_what_was_said_there() throws Exception {
        Path journal = root.resolve("metadata.journal");
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
            registry.pushImage("app", "v2");
            registry.pushImage("app", "v3");
        }
        byte[] bytes = Files.readAllBytes(journal);
        int place = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(" v2 ");
        bytes[place + 1] ^= 1;
        Files.write(journal, bytes);
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertTrue(told.getFirst().contains("the journal is damaged in 1 places"), "" + told);
        try (Registry registry = registry()) {
            assertPullable(registry, "app", "v1");
            assertEquals(404, registry.head("/v2/app/manifests/v2").status());
            assertPullable(registry, "app", "v3");
        }
    }

    @Test
    void layer_whose_link_is_damaged_in_the_journal_stays_with_its_image() throws Exception {
        Digest layer;
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
            layer = layerOf(registry.pushImage("app", "v2"));
            registry.pushImage("app", "v3");
        }
        damage("+b app " + layer);
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertTrue(told.getLast().contains("; 0 missing, 0 that no repository has"), "" + told);
        try (Registry registry = registry()) {
            for (int i = 0; i < 4; i++) {
                hoursPass(2);
                registry.server.upkeep();
            }
            assertPullable(registry, "app", "v2");
        }
    }

    @Test
    void image_of_an_index_whose_place_in_the_journal_is_damaged_stays_with_it() throws Exception {
        DataSet data = new DataSet("app");
        DataSet.Item image = data.image();
        DataSet.Item inner = data.add(DataSet.index(image), List.of());
        data.add(DataSet.index(inner), List.of("multi"));
        try (Registry registry = new Registry(root)) {
            push(registry, "app", data);
        }
        damage("+m app " + inner.digest());
        damage("+m app " + image.digest());
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertEquals(List.of(), told.stream().filter(line -> line.contains("missing:")).toList());
        try (Registry registry = new Registry(root)) {
            for (DataSet.Item item : List.of(image, inner)) {
                assertEquals(200, registry.head("/v2/app/manifests/" + item.digest()).status());
            }
            for (Digest blob : data.blobs.keySet()) {
                assertEquals(200, registry.head("/v2/app/blobs/" + blob).status());
            }
            registry.server.upkeep(); // collects nothing of it
            assertEquals(200, registry.head("/v2/app/manifests/" + image.digest()).status());
        }
    }

    @Test
    void missing_layer_whose_link_is_damaged_is_told_once() throws Exception {
        Digest layer;
        try (Registry registry = registry()) {
            byte[] manifest = registry.pushImage("app", "v1");
            layer = layerOf(manifest);
            String annotated =
                    new String(manifest, StandardCharsets.UTF_8)
                            .replaceFirst("\\{", "{\"annotations\":{\"a\":\"b\"},");
            byte[] again = annotated.getBytes(StandardCharsets.UTF_8);
            assertEquals(201, registry.putManifest("app", "v2", MANIFEST, again).status());
        }
        damage("+b app " + layer);
        Files.delete(root.resolve("blobs/sha256").resolve(layer.hex()));
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertTrue(told.contains("missing: " + layer + "; push it again"), "" + told);
        assertTrue(told.getLast().contains("; 1 missing, 0 that no repository has"), "" + told);
    }

    @Test
    void deleted_layer_of_an_image_does_not_come_back_from_a_whole_journal() throws Exception {
        Digest layer;
        try (Registry registry = registry()) {
            layer = layerOf(registry.pushImage("app", "v1"));
            assertEquals(202, registry.delete("/v2/app/blobs/" + layer).status());
        }
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(0, run(told));
        try (Registry registry = registry()) {
            assertEquals(404, registry.head("/v2/app/blobs/" + layer).status());
        }
    }

    @Test
    void tag_of_a_manifest_that_is_lost_makes_an_error() throws Exception {
        Digest manifest;
        try (Registry registry = registry()) {
            byte[] bytes = registry.image("app");
            manifest = Digest.sha256(bytes);
            registry.putManifest("app", manifest.toString(), MANIFEST, bytes);
            registry.putManifest("app", "v1", MANIFEST, bytes);
        }
        damage("+m app " + manifest);
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertTrue(told.contains("1 tags point at manifests that are lost"), "" + told);
    }

    @Test
    void content_that_is_missing_is_told_and_comes_back_with_the_next_push() throws Exception {
        byte[] manifest;
        try (Registry registry = registry()) {
            manifest = registry.pushImage("app", "v1");
        }
        Descriptor layer = GarbageTest.blobsOf(manifest).getLast();
        Path file = root.resolve("blobs/sha256").resolve(layer.digest().hex());
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(file);
        loseIndex();
        List<String> told = new ArrayList<>();
        assertEquals(1, run(told));
        assertTrue(told.contains("missing: " + layer.digest() + "; push it again"), "" + told);
        try (Registry registry = registry()) {
            String target = "/v2/app/blobs/" + layer.digest();
            assertEquals(404, registry.head(target).status());
            registry.pushBlob("app", bytes);
            assertPullable(registry, "app", "v1");
        }
    }

    @Test
    void without_a_journal_all_manifests_come_into_one_repository() throws Exception {
        byte[] first;
        Digest lonely;
        DataSet data = new DataSet("multi");
        DataSet.Item child = data.image();
        DataSet.Item index = data.add(DataSet.index(child), List.of("multi"));
        DataSet.Item referrer = data.referrer(index, "application/vnd.test", "x", List.of());
        try (Registry registry = registry()) {
            first = registry.pushImage("app", "v1");
            lonely = registry.pushBlob("app", random(100));
            push(registry, "other", data);
        }
        loseIndex();
        Files.delete(root.resolve("metadata.journal"));
        assertThrows(ServerStartException.class, this::reindex);
        String told = reindex("--into=lost/found");
        Digest app = Digest.sha256(first);
        String tag = "recovered-" + app.shortHex();
        assertTrue(told.contains("'lost/found:" + tag + "' is " + app), told);
        assertTrue(told.contains("lost: names of repositories"), told);
        try (Registry registry = registry()) {
            assertPullable(registry, "lost/found", tag);
            assertEquals(200, registry.head(found(child.digest())).status());
            assertTrue(
                    registry.get("/v2/lost/found/referrers/" + index.digest())
                            .text()
                            .contains(referrer.digest().toString()));
            assertEquals(2, registry.totals().tags());
            assertEquals(404, registry.head("/v2/lost/found/blobs/" + lonely).status());
        }
    }

    @Test
    void recovered_tags_are_as_if_pushed_now_however_old_their_manifests_are() throws Exception {
        Digest manifest;
        try (Registry registry = registry()) {
            manifest = Digest.sha256(registry.pushImage("app", "v1"));
        }
        Files.setLastModifiedTime(
                root.resolve("blobs/sha256").resolve(manifest.hex()),
                FileTime.from(Instant.now().minus(Duration.ofDays(400))));
        loseIndex();
        Files.delete(root.resolve("metadata.journal"));
        long before = System.currentTimeMillis();
        reindex("--into=found");
        String pushed = rows("SELECT updated_millis FROM tag").iterator().next().strip();
        assertTrue(Long.parseLong(pushed) >= before, pushed);
    }

    @Test
    void what_is_left_beside_a_lost_index_is_not_deleted() throws Exception {
        try (Registry registry = registry()) {
            registry.pushImage("app", "v1");
        }
        for (String side : List.of("-wal", "-shm")) {
            loseIndex();
            Path left = Files.writeString(root.resolve("metadata.db" + side), "x");
            String problem =
                    String.valueOf(
                            assertThrows(ServerStartException.class, this::reindex).getMessage());
            assertTrue(problem.contains("'" + left + "' is there"), problem);
            assertTrue(Files.exists(left));
        }
    }

    @Test
    void index_that_is_there_is_not_replaced() throws Exception {
        registry().close();
        String problem =
                String.valueOf(
                        assertThrows(ServerStartException.class, this::reindex).getMessage());
        assertTrue(problem.contains("is there; if it is damaged"), problem);
    }

    private static Digest layerOf(byte[] manifest) throws Exception {
        return GarbageTest.blobsOf(manifest).getLast().digest();
    }

    /// Flips a bit of the journal.
    private void damage(String where) throws IOException {
        Path journal = root.resolve("metadata.journal");
        byte[] bytes = Files.readAllBytes(journal);
        int place = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(where);
        assertTrue(place > 0, where);
        bytes[place + where.length() - 1] ^= 1;
        Files.write(journal, bytes);
    }

    private static String found(Digest digest) {
        return "/v2/lost/found/manifests/" + digest;
    }

    /// Some of everything.
    private void change(Registry registry) throws Exception {
        registry.pushImage("app", "kept");
        Digest deleted = Digest.sha256(registry.pushImage("app", "deleted"));
        registry.pushImage("app", "untagged");
        byte[] moved = registry.pushImage("app", "moved");
        registry.putManifest("app", "second", MANIFEST, moved);
        registry.pushImage("app", "moved");
        registry.delete("/v2/app/manifests/" + deleted);
        registry.delete("/v2/app/manifests/untagged");
        for (Descriptor blob : GarbageTest.blobsOf(moved)) {
            String mount = "/v2/mounted/blobs/uploads/?from=app&mount=" + blob.digest();
            assertEquals(201, registry.send("POST", mount, new byte[0]).status());
        }
        registry.putManifest("mounted", "v1", MANIFEST, moved);
        registry.pushImage("gone", "v1");
        Digest gone = Digest.sha256(registry.pushImage("gone", "v1"));
        registry.delete("/v2/gone/manifests/" + gone);
        registry.delete("/v2/app/blobs/" + registry.pushBlob("app", random(100)));
        DataSet data = new DataSet("multi");
        DataSet.Item index = data.add(DataSet.index(data.image()), List.of("multi"));
        data.referrer(index, "application/vnd.test", "x", List.of());
        push(registry, "team/multi", data);
        hoursPass(2);
        registry.server.upkeep();
        registry.pushBlob("app", random(100));
    }

    private static void push(Registry registry, String repository, DataSet data) throws Exception {
        for (byte[] blob : data.blobs.values()) {
            registry.pushBlob(repository, blob);
        }
        for (DataSet.Item item : data.manifests) {
            String reference =
                    item.tags().isEmpty() ? item.digest().toString() : item.tags().getFirst();
            Wire.Reply reply =
                    registry.putManifest(repository, reference, item.mediaType(), item.bytes());
            assertEquals(201, reply.status(), reply.text());
        }
    }

    private Registry registry() throws Exception {
        GarbagePolicy policy =
                new GarbagePolicy(
                        AN_HOUR,
                        Duration.ofHours(1),
                        name ->
                                name.value().equals("app")
                                        ? Optional.of(AN_HOUR)
                                        : Optional.empty());
        return new Registry(root, config -> config.withGarbage(policy));
    }

    private String refused() {
        return String.valueOf(
                assertThrows(ServerStartException.class, () -> registry().close()).getMessage());
    }

    private void loseIndex() throws IOException {
        loseIndex(root);
    }

    static void loseIndex(Path root) throws IOException {
        for (String side : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(root.resolve("metadata.db" + side));
        }
    }

    private String reindex(String... more) throws Exception {
        List<String> told = new ArrayList<>();
        run(told, more);
        return String.join("\n", told);
    }

    private int run(List<String> told, String... more) throws Exception {
        return reindex(root, told, more);
    }

    static int reindex(Path root, List<String> told, String... more) throws Exception {
        List<String> words = new ArrayList<>(List.of("reindex", "--root", root.toString()));
        words.addAll(List.of(more));
        return RegistryCommand.run(
                (RegistryArguments.Run) RegistryArguments.parse(words), told::add);
    }

    private void assertComesBack(String... tags) throws Exception {
        loseIndex();
        reindex();
        try (Registry registry = registry()) {
            for (String tag : tags) {
                assertPullable(registry, "app", tag);
            }
            assertEquals(tags.length, registry.totals().tags());
        }
    }

    private static void assertPullable(Registry registry, String repository, String tag)
            throws Exception {
        Wire.Reply reply = registry.get("/v2/" + repository + "/manifests/" + tag);
        assertEquals(200, reply.status(), reply.text());
        for (Descriptor blob : GarbageTest.blobsOf(reply.body())) {
            Wire.Reply got = registry.get("/v2/" + repository + "/blobs/" + blob.digest());
            assertEquals(200, got.status(), got.text());
            assertEquals(blob.digest(), Digest.sha256(got.body()));
        }
    }

    /// What the index says, without row numbers and times of unuse.
    private List<String> rows() throws Exception {
        List<String> all = new ArrayList<>();
        for (String query :
                List.of(
                        "SELECT name, blobs, manifests, tags, bytes FROM repository",
                        "SELECT digest, size, orphan_millis IS NULL, quarantine_millis IS NULL FROM blob",
                        "SELECT name, digest, size, idle_millis IS NULL FROM repository_blob JOIN"
                                + " repository ON repository.id = repository_id JOIN blob ON"
                                + " blob.id = blob_id",
                        "SELECT name, digest, media_type, size, subject, artifact_type,"
                                + " hex(descriptor), loose_millis IS NULL FROM manifest JOIN"
                                + " repository ON repository.id = repository_id",
                        "SELECT repository.name, tag.name, digest, updated_millis FROM tag JOIN"
                                + " manifest ON manifest.id = manifest_id JOIN repository ON"
                                + " repository.id = tag.repository_id",
                        "SELECT repository.name, manifest.digest, reference.digest FROM reference"
                                + " JOIN manifest ON manifest.id = manifest_id JOIN repository ON"
                                + " repository.id = reference.repository_id",
                        "SELECT repositories, manifests, tags, blobs, bytes FROM total")) {
            all.addAll(rows(query));
        }
        return all;
    }

    private Set<String> rows(String query) throws Exception {
        Set<String> found = new TreeSet<>();
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                StringBuilder line = new StringBuilder();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    line.append(rows.getString(i)).append(' ');
                }
                found.add(line.toString());
            }
        }
        return found;
    }

    private void hoursPass(int hours) throws Exception {
        long millis = hours * 3_600_000L;
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.execute("PRAGMA busy_timeout = 10000");
            for (String column :
                    List.of(
                            "repository_blob SET idle_millis = idle_millis",
                            "blob SET orphan_millis = orphan_millis",
                            "blob SET quarantine_millis = quarantine_millis",
                            "manifest SET loose_millis = loose_millis",
                            "repository SET created_millis = created_millis")) {
                statement.execute("UPDATE " + column + " - " + millis);
            }
        }
    }

    private Connection connect() throws Exception {
        return DriverManager.getConnection("jdbc:sqlite:" + root.resolve("metadata.db"));
    }
}
