package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Damage in a directory of snapshots, one on the other.
class SnapshotInventoryTest implements AwaitsBackgroundWork {
    private static final ChainId BASE = id("base");
    private static final ChainId TOP = id("top");

    @TempDir Path directory;
    private SnapshotInventory inventory;

    @BeforeEach
    void unpack_two() throws IOException {
        try (CopySnapshotter snapshots = snapshots()) {
            snapshots.unpack(Optional.empty(), BASE, new Recorded().file("a", "1").source());
            snapshots.unpack(Optional.of(BASE), TOP, new Recorded().file("b", "1").source());
        }
        inventory = SnapshotInventory.open(directory);
    }

    @AfterEach
    void close() throws IOException {
        inventory.close();
    }

    @Test
    void sound_snapshots_have_no_damage() throws IOException {
        assertEquals(List.of(), found());
    }

    @Test
    void missing_snapshot_takes_those_on_it_with_it() throws IOException {
        delete(path(BASE));
        assertEquals(
                List.of(
                        name(TOP) + ": it stands on " + BASE + ": it is missing",
                        "link: a short name of a snapshot that is gone"),
                found());
        repair();
        assertEquals(List.of(), found());
        assertEquals(List.of(), inventory.list());
    }

    @Test
    void what_stands_on_a_missing_snapshot_is_removed_from_the_top_down() throws IOException {
        List<ChainId> stack =
                Stream.of("1", "2", "3", "4", "5")
                        .map(SnapshotInventoryTest::id)
                        .sorted(Comparator.comparing(ChainId::toString))
                        .toList();
        try (CopySnapshotter snapshots = snapshots()) {
            snapshots.remove(TOP);
            snapshots.remove(BASE);
            Optional<ChainId> parent = Optional.empty();
            for (ChainId id : stack) {
                snapshots.unpack(parent, id, new Recorded().file("a", "1").source());
                parent = Optional.of(id);
            }
        }
        delete(path(stack.getFirst()));
        List<ChainId> onIt = new ArrayList<>();
        for (SnapshotDamage damage : inventory.check()) {
            damage.id().ifPresent(onIt::add);
            inventory.repair(damage);
        }
        assertEquals(stack.subList(1, stack.size()).reversed(), onIt);
        assertEquals(List.of(), inventory.list());
    }

    @Test
    void missing_files_are_found_and_the_snapshot_is_removed() throws IOException {
        delete(path(TOP).resolve("fs"));
        assertEquals(
                List.of(
                        name(TOP) + ": its files are missing",
                        "link: a short name of a snapshot that is gone"),
                found());
        repair();
        assertEquals(List.of(), found());
        assertEquals(List.of(BASE), inventory.list().stream().map(StoredSnapshot::id).toList());
    }

    @Test
    void damaged_record_makes_the_snapshot_and_those_on_it_unusable() throws IOException {
        Files.writeString(path(BASE).resolve("record"), "junk");
        assertEquals(
                List.of(
                        name(TOP) + ": it stands on " + BASE + ": its record is damaged",
                        name(BASE) + ": its record is damaged"),
                found());
        repair();
        assertEquals(List.of(), found());
        try (CopySnapshotter snapshots = snapshots()) {
            snapshots.unpack(Optional.empty(), BASE, new Recorded().file("a", "1").source());
        }
        assertEquals(List.of(), found());
    }

    @Test
    void work_of_a_dead_process_is_swept_and_no_damage() throws IOException {
        Path dead = Files.createDirectories(directory.resolve("copy/active/8000000000000001"));
        Files.createDirectories(dead.resolve("1/snapshot/fs"));
        Files.createFile(dead.resolveSibling("8000000000000001.lock"));
        assertEquals(List.of(), found());
        SnapshotInventory.sweep(directory);
        assertEquals(List.of(), entries(directory.resolve("copy/active")));
    }

    @Test
    void lock_of_a_process_that_begins_or_ends_is_no_damage() throws IOException {
        Files.createDirectories(directory.resolve("copy/active"));
        Files.createFile(directory.resolve("copy/active/8000000000000001.lock"));
        assertEquals(List.of(), found());
        SnapshotInventory.sweep(directory);
        assertEquals(List.of(), entries(directory.resolve("copy/active")));
    }

    @Test
    void size_that_was_cut_off_while_it_was_written_is_counted_again() throws IOException {
        long size = inventory.list().getFirst().bytes();
        for (String cut : List.of("", "1")) {
            for (ChainId id : List.of(BASE, TOP)) {
                Files.writeString(path(id).resolve("size"), cut);
            }
            assertEquals(size, inventory.list().getFirst().bytes());
        }
    }

    @Test
    void snapshot_used_since_it_was_looked_at_is_not_removed() throws IOException {
        StoredSnapshot top =
                inventory.list().stream().filter(s -> s.id().equals(TOP)).findFirst().orElseThrow();
        String refusal = "";
        try {
            inventory.remove(top, Instant.now().minusSeconds(3600));
        } catch (SnapshotInUseException e) {
            refusal = String.valueOf(e.getMessage());
        }
        assertEquals("snapshot " + TOP + " can't be removed: it was used just now", refusal);
        assertEquals(List.of(), found());
    }

    private CopySnapshotter snapshots() {
        return new CopySnapshotter(
                directory.resolve("copy"),
                warning -> {
                    throw new AssertionError(warning);
                });
    }

    private Path path(ChainId id) {
        return directory.resolve("copy/s").resolve(name(id));
    }

    private static String name(ChainId id) {
        return id.toString().replace(':', '-');
    }

    private List<String> found() throws IOException {
        return inventory.check().stream()
                .map(
                        damage ->
                                (damage.what().startsWith("a short name")
                                                ? "link"
                                                : damage.path().getFileName())
                                        + ": "
                                        + damage.what())
                .toList();
    }

    /// As `fsck --repair` does, until nothing new is found.
    private void repair() throws IOException {
        for (int i = 0; i < 3; i++) {
            for (SnapshotDamage damage : inventory.check()) {
                inventory.repair(damage);
            }
        }
    }

    private static void delete(Path tree) throws IOException {
        dev.jbuild.store.FileTrees.delete(tree);
    }

    private static List<Path> entries(Path parent) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (var files = Files.newDirectoryStream(parent)) {
            files.forEach(entries::add);
        }
        return entries;
    }

    private static ChainId id(String text) {
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
