package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Backups that are made and copied back.
class RestoreTest {
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
