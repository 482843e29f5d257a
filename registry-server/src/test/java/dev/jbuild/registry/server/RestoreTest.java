package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Backups that are made and copied back.
class RestoreTest {
    private static final GarbagePolicy AT_ONCE =
            new GarbagePolicy(
                    new GarbagePolicy.Age(Duration.ofMillis(100)),
                    Duration.ZERO,
                    _ -> Optional.empty());

    @TempDir Path directory;

    private final List<String> told = new ArrayList<>();
    private byte[] manifest = {};

    @BeforeEach
    void make_a_backup() throws Exception {
        try (Registry registry = new Registry(root())) {
            manifest = registry.pushImage("app", "v1");
        }
        assertEquals(0, run(root(), "backup", backup().toString()));
        told.clear();
    }

    @Test
    void backup_comes_back_and_goes_on_with_a_journal_of_its_own() throws Exception {
        assertEquals(0, run(fresh(), "restore", backup().toString()), told.toString());
        assertEquals(
                "3 files verified, 0 damaged or missing: 1 repositories, 1 manifests, 1 tags",
                told.getLast());
        try (Registry registry = new Registry(fresh())) {
            assertPullable(registry);
            registry.pushImage("app", "v2");
        }
        ReindexTest.loseIndex(fresh());
        assertEquals(0, ReindexTest.reindex(fresh(), told));
        try (Registry registry = new Registry(fresh())) {
            assertPullable(registry);
            assertEquals(200, registry.head("/v2/app/manifests/v2").status());
        }
    }

    @Test
    void what_is_damaged_in_the_backup_is_told() throws Exception {
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        Path file = backup().resolve("blobs/sha256").resolve(layer.hex());
        byte[] bytes = Files.readAllBytes(file);
        bytes[0] ^= 1;
        Files.write(file, bytes);
        assertEquals(1, run(fresh(), "restore", backup().toString()));
        assertTrue(
                told.contains("damaged: " + layer + "; its file was put aside, push it again"),
                told.toString());
        try (Registry registry = new Registry(fresh())) {
            assertEquals(404, registry.head("/v2/app/blobs/" + layer).status());
        }
    }

    @Test
    void content_that_the_disk_has_lost_is_named_and_no_success() throws Exception {
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        Files.delete(root().resolve("blobs/sha256").resolve(layer.hex()));
        assertEquals(1, run(root(), "backup", fresh().toString()));
        assertEquals("lost: " + layer + "; the copy lacks it: push it again", told.getFirst());
        assertTrue(told.get(1).contains(", 1 lost; serve it with"), told.toString());
        told.clear();
        assertEquals(0, run(root(), "backup", backup().toString()), "the older copy has it");
        try (Registry copy = new Registry(backup())) {
            assertPullable(copy);
        }
    }

    @Test
    void content_that_a_scrub_found_lost_is_named_and_no_success() throws Exception {
        Digest layer = GarbageTest.blobsOf(manifest).getLast().digest();
        Files.delete(root().resolve("blobs/sha256").resolve(layer.hex()));
        assertEquals(1, run(root(), "scrub"));
        told.clear();
        assertEquals(1, run(root(), "backup", fresh().toString()));
        assertEquals("lost: " + layer + "; the copy lacks it: push it again", told.getFirst());
    }

    @Test
    void content_deleted_since_goes_from_the_copy_and_so_does_what_a_killed_one_left()
            throws Exception {
        Digest deleted;
        try (Registry registry = new Registry(root())) {
            byte[] blob = Registry.random(100);
            deleted = registry.pushBlob("app", blob);
        }
        assertEquals(0, run(root(), "backup", backup().toString()));
        Path blobs = backup().resolve("blobs/sha256");
        assertTrue(Files.exists(blobs.resolve(deleted.hex())));
        Files.createFile(blobs.resolve(deleted.hex() + ".part"));
        try (Registry registry = new Registry(root(), config -> config.withGarbage(AT_ONCE))) {
            registry.cleanBlob("app", deleted);
            for (int i = 0; i < 100 && registry.totals().blobs() > 3; i++) {
                registry.server.upkeep();
                Thread.sleep(50);
            }
            assertEquals(3, registry.totals().blobs());
        }
        assertEquals(0, run(root(), "backup", backup().toString()));
        assertTrue(
                told.stream().anyMatch(line -> line.contains(", 1 removed that were deleted")),
                told.toString());
        try (Stream<Path> files = Files.list(blobs)) {
            assertEquals(3, files.count());
        }
        try (Registry copy = new Registry(backup())) {
            assertPullable(copy);
        }
    }

    @Test
    void root_that_is_served_is_not_overwritten_by_a_backup() throws Exception {
        try (Registry other = new Registry(fresh())) {
            other.pushImage("theirs", "v1");
            assertThrows(IOException.class, () -> run(root(), "backup", fresh().toString()));
            assertEquals(200, other.get("/v2/theirs/manifests/v1").status());
        }
    }

    @Test
    void root_that_has_a_registry_is_left_alone() {
        assertThrows(ServerStartException.class, () -> run(root(), "restore", backup().toString()));
    }

    @Test
    void directory_without_a_backup_is_told() throws Exception {
        Path empty = Files.createDirectory(directory.resolve("empty"));
        assertThrows(ServerStartException.class, () -> run(fresh(), "restore", empty.toString()));
        assertTrue(Files.notExists(fresh()));
    }

    @Test
    void backup_into_a_copy_that_was_served_can_be_served_again() throws Exception {
        try (Registry copy = new Registry(backup())) {
            copy.pushImage("app", "only in the copy".replace(' ', '-'));
        }
        assertEquals(0, run(root(), "backup", backup().toString()));
        try (Registry copy = new Registry(backup())) {
            assertPullable(copy);
            assertEquals(404, copy.head("/v2/app/manifests/only-in-the-copy").status());
        }
    }

    @Test
    void users_and_the_key_of_tokens_come_along_for_their_owner_alone() throws Exception {
        addUser(root(), "alice");
        Files.createFile(root().resolve("token.key")).toFile().setReadable(true, false);
        Files.writeString(root().resolve("token.key"), "secret");
        for (String beside : List.of("a server", "none")) {
            Path copy = directory.resolve("copy beside " + beside);
            try (AutoCloseable _ =
                    beside.equals("none") ? () -> {} : new Registry(root())) { // open to all
                assertEquals(0, run(root(), "backup", copy.toString()), told.toString());
            }
            assertEquals(
                    "with users, keys and the key of tokens: keep it as you keep those",
                    told.getLast());
            assertEquals("rwx------", permissions(copy));
            Path restored = directory.resolve("restored beside " + beside);
            assertEquals(0, run(restored, "restore", copy.toString()), told.toString());
            for (Path place : List.of(copy, restored)) {
                assertEquals("rw-------", permissions(place.resolve("accounts.db")));
                assertEquals("rw-------", permissions(place.resolve("token.key")));
                assertEquals("secret", Files.readString(place.resolve("token.key")));
                assertEquals(List.of("alice"), users(place));
            }
            assertEquals(0, run(root(), "backup", copy.toString())); // again, over the first
            assertEquals(List.of("alice"), users(copy));
        }
    }

    @Test
    void content_in_a_directory_of_the_operators_is_for_its_owner_alone() throws Exception {
        Path copy = Files.createDirectory(directory.resolve("copy"));
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertEquals(0, run(root(), "backup", copy.toString()), told.toString());
        assertEquals("rwxr-xr-x", permissions(copy));
        assertEquals("rwx------", permissions(copy.resolve("blobs")));
        assertEquals("rwx------", permissions(copy.resolve("blobs/sha256")));
        Files.createDirectory(fresh());
        assertEquals(0, run(fresh(), "restore", copy.toString()), told.toString());
        assertEquals("rwx------", permissions(fresh().resolve("blobs")));
        assertEquals("rwx------", permissions(fresh().resolve("blobs/sha256")));
    }

    @Test
    void users_can_be_left_out() throws Exception {
        addUser(root(), "alice");
        assertEquals(0, run(root(), "backup", backup().toString()));
        assertTrue(Files.exists(backup().resolve("accounts.db")));
        assertEquals(0, run(fresh(), "restore", "--without-accounts", backup().toString()));
        assertTrue(Files.notExists(fresh().resolve("accounts.db")));
        assertEquals(0, run(root(), "backup", backup().toString(), "--without-accounts"));
        assertEquals("without users and keys", told.getLast());
        assertTrue(Files.notExists(backup().resolve("accounts.db")));
    }

    @Test
    void other_users_that_are_there_are_not_overwritten() throws Exception {
        addUser(root(), "alice");
        assertEquals(0, run(root(), "backup", backup().toString()));
        Files.createDirectory(fresh());
        addUser(fresh(), "mallory");
        assertThrows(IOException.class, () -> run(fresh(), "restore", backup().toString()));
        assertTrue(Files.notExists(fresh().resolve("metadata.db")));
        assertEquals(List.of("mallory"), users(fresh()));
        assertEquals(0, run(fresh(), "restore", backup().toString(), "--without-accounts"));
    }

    private static void addUser(Path root, String name) throws Exception {
        try (Accounts accounts = open(root)) {
            accounts.setUser(name, "a long password");
        }
    }

    private static List<String> users(Path root) throws Exception {
        try (Accounts accounts = open(root)) {
            return accounts.users();
        }
    }

    private static Accounts open(Path root) throws IOException {
        return new Accounts(root.resolve("accounts.db"), InstantSource.system());
    }

    private static String permissions(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    private void assertPullable(Registry registry) throws Exception {
        assertEquals(
                Digest.sha256(manifest),
                Digest.sha256(registry.get("/v2/app/manifests/v1").body()));
        for (Descriptor blob : GarbageTest.blobsOf(manifest)) {
            assertEquals(200, registry.get("/v2/app/blobs/" + blob.digest()).status());
        }
    }

    private int run(Path root, String... words) throws Exception {
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--root", root.toString()));
        return RegistryCommand.run((RegistryArguments.Run) RegistryArguments.parse(all), told::add);
    }

    private Path root() {
        return directory.resolve("root");
    }

    private Path backup() {
        return directory.resolve("backup");
    }

    private Path fresh() {
        return directory.resolve("fresh");
    }
}
