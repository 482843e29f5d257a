package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.layout.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `df`, `prune` and `fsck` of a store with one blob that nothing needs.
class StoreCommandsTest {
    @TempDir Path root;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void df_shows_unused_blobs_as_reclaimable() throws IOException {
        blob();
        assertEquals(0, run("df"));
        assertTrue(text(out).contains("unused      1      4 B   4 B\n"), text(out));
    }

    @Test
    void prune_tells_in_a_dry_run_what_it_removes_then() throws IOException {
        Digest junk = blob();
        assertEquals(0, run("prune", "--all", "--dry-run"));
        assertTrue(text(out).startsWith("blob " + junk + ", 4 B, last used "), text(out));
        out.reset();
        assertEquals(0, run("prune", "--all"));
        assertEquals("removed 1 blobs, 0 cache results and 0 snapshots (4 B)\n", text(out));
    }

    @Test
    void unknown_filter_is_wrong_usage() {
        assertEquals(2, run("prune", "--filter", "label=x"));
        assertEquals("jbuild: --filter label=x: it is until=24h or type=cache\n", text(err));
    }

    @Test
    void fsck_of_a_sound_store_ends_with_0() throws IOException {
        blob();
        assertEquals(0, run("fsck"));
        assertEquals("0 images, 1 blobs (4 bytes): no damage\n", text(out));
    }

    @Test
    void fsck_names_damage_and_ends_with_1_until_it_is_repaired() throws IOException {
        Digest junk = blob();
        Files.writeString(file(junk), "jumk");
        assertEquals(1, run("fsck"));
        assertEquals(
                "damaged: blob "
                        + junk
                        + ": its content hashes to "
                        + Digest.sha256("jumk".getBytes(UTF_8))
                        + ": no image needs it; jbuild fsck --repair puts it aside\n"
                        + "0 images, 1 blobs (4 bytes): 1 damage\n",
                text(out));
        assertEquals(0, run("fsck", "--repair"));
        out.reset();
        assertEquals(0, run("fsck"));
        assertEquals("0 images, 0 blobs (0 bytes): no damage\n", text(out));
    }

    private Digest blob() throws IOException {
        try (Store store = Store.open(root)) {
            return store.blobs().write("junk".getBytes(UTF_8));
        }
    }

    private Path file(Digest blob) {
        return root.resolve("blobs/sha256").resolve(blob.hex());
    }

    private int run(String... args) {
        List<String> all = new ArrayList<>(List.of("--root", root.toString()));
        all.addAll(List.of(args));
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        Map.of(),
                        false);
        return Main.run(all, console);
    }

    private static String text(ByteArrayOutputStream stream) {
        return stream.toString(UTF_8);
    }
}
