package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// kill -9 at random moments of a mixed load on one store: builds, pulls, pushes, archives, prune
/// and the rest, several at a time, and their registry.
///
/// `-Djbuild.test.kills=300` is the long form, `-Djbuild.test.first=1000` another seed. What was
/// killed is told in `target/kill-storm.txt`.
class KillStormIT {
    private static final int KILLS = Integer.getInteger("jbuild.test.kills", 6);
    private static final int SEED = Integer.getInteger("jbuild.test.first", 1);

    @Test
    void killed_command_damages_nothing_and_leaves_nothing_after_the_next()
            throws IOException, InterruptedException {
        BuiltTree.needs("unshare", "runc", "busybox", "tar");
        Path home = Files.createTempDirectory(Path.of("/tmp"), "jbuild-kill-storm");
        try (KillStorm storm = new KillStorm(BuiltTree.here(), home, SEED)) {
            storm.prepare();
            storm.run(KILLS);
            storm.finish();
            Files.writeString(
                    Path.of("target", "kill-storm.txt"),
                    "seed " + SEED + ", kills " + storm.kills() + "\n" + told(storm.faults()));
            assertEquals("", told(storm.faults()));
        } finally {
            BuiltTree.here().run(Map.of(), Path.of("/bin/rm"), "-rf", home.toString());
        }
    }

    private static String told(List<String> faults) {
        return String.join("\n", faults);
    }
}
