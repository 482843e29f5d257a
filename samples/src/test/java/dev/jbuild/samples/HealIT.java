package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// `jbuild fsck --repair` where content can be had again: from a snapshot, from a registry.
class HealIT {
    private static final Pattern LAYER =
            Pattern.compile("image\\.layer[^}]*?\"digest\" ?: ?\"sha256:([0-9a-f]{64})\"");

    private final BuiltTree tree = BuiltTree.here();
    private Path home;
    private String name;
    private String digest;
    private Process registry;

    @BeforeEach
    void build_and_push() throws IOException, InterruptedException {
        BuiltTree.needs("unshare", "runc", "busybox", "tar");
        home = Files.createTempDirectory(Path.of("/tmp"), "jbuild-heal");
        int port = RegistryProcess.freePort();
        registry = RegistryProcess.start(tree, home, port);
        KillLoad load =
                new KillLoad(
                        Files.createDirectories(home.resolve("work")),
                        "127.0.0.1:" + port,
                        List.of());
        load.prepare(home);
        name = load.registry() + "/app:1";
        must("store", "import", load.baseTar().toString(), KillLoad.BASE);
        digest = must("store", load.build("keep/run:1", name).toArray(String[]::new));
        must("store", "push", name);
    }

    @AfterEach
    void remove_all() throws IOException, InterruptedException {
        registry.destroyForcibly().waitFor();
        tree.run(Map.of(), Path.of("/bin/rm"), "-rf", home.toString());
    }

    @Test
    void missing_layer_is_made_again_from_its_snapshot() throws IOException, InterruptedException {
        registry.destroyForcibly().waitFor();
        List<Path> layers = layers("store");
        byte[] before = Files.readAllBytes(layers.getLast());
        Files.delete(layers.getLast());
        BuiltTree.Result damaged = jbuild("store", "fsck");
        assertEquals(1, damaged.exitCode(), damaged.output());
        assertTrue(damaged.output().contains("the layer is missing"), damaged.output());
        String mended = must("store", "fsck", "--repair");
        assertTrue(mended.contains("made again from snapshot"), mended);
        assertEquals(List.of(), differences(before, Files.readAllBytes(layers.getLast())));
        must("store", "fsck");
    }

    @Test
    void damaged_and_missing_layers_are_pulled_again() throws IOException, InterruptedException {
        must("other", "pull", name);
        List<Path> layers = layers("other");
        byte[] bytes = Files.readAllBytes(layers.getFirst());
        bytes[bytes.length / 2] ^= 1;
        Files.setPosixFilePermissions(
                layers.getFirst(),
                java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
        Files.write(layers.getFirst(), bytes);
        Files.delete(layers.getLast());
        BuiltTree.Result damaged = jbuild("other", "fsck");
        assertEquals(1, damaged.exitCode(), damaged.output());
        String mended = must("other", "fsck", "--repair");
        assertTrue(mended.contains("pulled again"), mended);
        must("other", "fsck");
        for (Path layer : layers) {
            Path original = home.resolve("store/blobs/sha256").resolve(layer.getFileName());
            assertEquals(
                    List.of(),
                    differences(Files.readAllBytes(original), Files.readAllBytes(layer)));
        }
        assertTrue(Files.isDirectory(home.resolve("other/quarantine")));
        must("other", "prune");
        assertFalse(Files.exists(home.resolve("other/quarantine")));
    }

    @Test
    void missing_snapshot_is_found_and_unpacked_again_by_the_next_build()
            throws IOException, InterruptedException {
        Path snapshots = home.resolve("store/snapshots/overlay/s");
        Path one = KillTraces.entries(snapshots).getFirst();
        tree.run(Map.of(), Path.of("/bin/rm"), "-rf", one.toString());
        BuiltTree.Result damaged = jbuild("store", "fsck");
        assertEquals(1, damaged.exitCode(), damaged.output());
        must("store", "fsck", "--repair");
        must("store", "fsck");
        String context = home.resolve("work/context-run").toString();
        assertEquals(digest, must("store", "build", "-q", "--no-cache", context));
        must("store", "fsck");
    }

    private List<Path> layers(String store) throws IOException, InterruptedException {
        List<Path> layers = new ArrayList<>();
        Matcher digests = LAYER.matcher(must(store, "inspect", name));
        while (digests.find()) {
            layers.add(home.resolve(store).resolve("blobs/sha256").resolve(digests.group(1)));
        }
        assertTrue(layers.size() >= 2, layers.toString());
        return layers;
    }

    private static List<Integer> differences(byte[] expected, byte[] actual) {
        int at = java.util.Arrays.mismatch(expected, actual);
        return at < 0 ? List.of() : List.of(at);
    }

    private String must(String store, String... arguments)
            throws IOException, InterruptedException {
        BuiltTree.Result result = jbuild(store, arguments);
        assertEquals(0, result.exitCode(), String.join(" ", arguments) + ": " + result.output());
        return result.output();
    }

    private BuiltTree.Result jbuild(String store, String... arguments)
            throws IOException, InterruptedException {
        return tree.run(
                Map.of("JBUILD_ROOT", home.resolve(store).toString()), tree.launcher(), arguments);
    }
}
