package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The power fails at any moment. The system calls of real commands are recorded; each prefix of
/// them, without what was not synced by then, or with any part of it, is a store that opens, in
/// which every image whose name was acknowledged is complete, and nothing is damaged.
///
/// `-Djbuild.test.powercut.stride=1` tries each call, and kills at each fsync;
/// `-Djbuild.test.first=1000` chooses otherwise what is kept of what was not synced.
class PowerCutIT {
    private static final int STRIDE = Integer.getInteger("jbuild.test.powercut.stride", 20);
    private static final int SEED = Integer.getInteger("jbuild.test.first", 1);

    private final BuiltTree tree = BuiltTree.here();
    private Path home = Path.of("");
    private Path base = home;
    private Path context = home;

    @BeforeEach
    void make_context() throws Exception {
        BuiltTree.needs("unshare", "tar", "strace");
        assumeTrue(
                new ProcessBuilder("strace", "--seccomp-bpf", "-f", "-o", "/dev/null", "true")
                                .start()
                                .waitFor()
                        == 0,
                "strace may not trace here");
        home = Files.createTempDirectory(Path.of("/tmp"), "jbuild-power-cut");
        base = home.resolve("base.tar");
        Path root = Files.createDirectories(home.resolve("root/etc"));
        Files.writeString(root.resolve("motd"), "hello\n".repeat(500));
        assertEquals(
                0,
                new ProcessBuilder("tar", "-C", home + "/root", "-cf", base.toString(), "etc")
                        .start()
                        .waitFor());
        context = Files.createDirectory(home.resolve("context"));
        Files.createDirectory(context.resolve("files"));
        for (int i = 0; i < 5; i++) {
            Files.writeString(context.resolve("files/f" + i), ("file " + i + "\n").repeat(300 * i));
        }
        Files.writeString(
                context.resolve("Dockerfile"),
                """
                FROM base:1 AS other
                COPY files/f1 /other
                FROM base:1
                COPY files /files
                COPY --from=other /other /etc/other
                ENV A=b
                """);
    }

    @AfterEach
    void remove_all() throws IOException, InterruptedException {
        tree.run(Map.of(), Path.of("/bin/rm"), "-rf", home.toString());
    }

    @Test
    void everything_acknowledged_is_there_after_a_power_cut()
            throws IOException, InterruptedException {
        Path archive = archive();
        PowerCut cut = new PowerCut(tree, home, STRIDE, SEED);
        cut.run("import", base.toString(), "base:1");
        cut.run(build("app:1"));
        cut.run("tag", "app:1", "kept:1");
        Files.writeString(context.resolve("files/f1"), "changed");
        cut.run(build("app:1", "--compression", "zstd"));
        cut.run("load", "-i", archive.toString());
        cut.run("rmi", "kept:1");
        cut.run("prune", "--all");
        cut.run(build("again:1"));
        assertEquals("", cut.faults());
        assertTrue(cut.checks() > 40, "only " + cut.checks());
    }

    /// A command that is killed leaves things that aren't synced; the next finds them there.
    @Test
    void what_a_killed_command_left_is_there_if_the_next_acknowledges_it()
            throws IOException, InterruptedException {
        boolean killed = true;
        int kills = 0;
        for (int count = Math.min(2, STRIDE); killed; count += Math.max(1, STRIDE / 2)) {
            Path own = Files.createDirectory(home.resolve("killed" + count));
            PowerCut cut = new PowerCut(tree, own, STRIDE * 4, SEED + count);
            killed = cut.runKilled(count, "import", base.toString(), "base:1");
            cut.run("import", base.toString(), "base:1");
            cut.runKilled(1 + count % 7, build("app:1"));
            cut.run(build("app:1"));
            int syncs = kills % 2 == 0 ? 2 : 1; // of the directory; of the content
            assertTrue(cut.runKilled(syncs, "tag", "app:1", "other:1"));
            cut.run("tag", "app:1", "other:1");
            assertEquals("", cut.faults(), "killed at fsync " + count);
            kills++;
        }
        assertTrue(kills > 1, "only " + kills);
    }

    private String[] build(String name, String... options) {
        List<String> words = new java.util.ArrayList<>(List.of("build", "-q", "-t", name));
        words.addAll(List.of(options));
        words.add(context.toString());
        return words.toArray(String[]::new);
    }

    /// Of an image that the store doesn't have.
    private Path archive() throws IOException, InterruptedException {
        Path archive = home.resolve("archive.tar");
        Map<String, String> other = Map.of("JBUILD_ROOT", home.resolve("other").toString());
        must(other, "import", base.toString(), "base:1");
        must(other, build("loaded:1", "--build-arg", "SOURCE_DATE_EPOCH=1"));
        must(other, "save", "-o", archive.toString(), "loaded:1");
        return archive;
    }

    private void must(Map<String, String> environment, String... words)
            throws IOException, InterruptedException {
        BuiltTree.Result result = tree.run(environment, tree.launcher(), words);
        assertEquals(0, result.exitCode(), result.output());
    }
}
