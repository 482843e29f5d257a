package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators copy from `samples/registry` is what this server takes.
class SamplesTest {
    private static final Path SAMPLES = Path.of("../samples/registry");
    private static final Pattern PROGRAM =
            Pattern.compile("^ExecStart=(\\S+) serve (.+)$", Pattern.MULTILINE);

    @TempDir Path directory;

    @Test
    void systemd_unit_starts_the_server_with_options_that_it_has() throws Exception {
        Matcher start = PROGRAM.matcher(unit());
        assertTrue(start.find(), "no ExecStart with serve");
        assertEquals(
                new Arguments.Configured(Path.of("/etc/jbuild/registry.yaml"), false),
                Arguments.parse(start.group(2).split(" ", -1)));
    }

    @Test
    void systemd_unit_gives_requests_under_way_their_time_to_end() throws Exception {
        Matcher timeout = Pattern.compile("TimeoutStopSec=(\\d+)").matcher(unit());
        assertTrue(timeout.find(), "no TimeoutStopSec");
        long drain = ConfigFile.read(SAMPLES.resolve("config.yaml")).config().drain().toSeconds();
        assertTrue(Long.parseLong(timeout.group(1)) > drain, "killed while it drains");
    }

    @Test
    void systemd_finds_nothing_wrong_with_the_unit() throws Exception {
        Path verifier = Path.of("/usr/bin/systemd-analyze");
        assumeTrue(Files.isExecutable(verifier), "there is no systemd-analyze here");
        // it looks for the program, which is not installed here
        Path unit =
                Files.writeString(
                        directory.resolve("jbuild-registry.service"),
                        PROGRAM.matcher(unit()).replaceFirst("ExecStart=/bin/true serve $2"));
        Process verify =
                new ProcessBuilder(verifier.toString(), "verify", unit.toString())
                        .redirectErrorStream(true)
                        .start();
        String said =
                new String(verify.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> line.contains("jbuild-registry"))
                        .reduce("", (all, line) -> all + line + "\n");
        assertEquals(0, verify.waitFor(), said);
        assertEquals("", said);
    }

    @Test
    void image_starts_the_server_of_its_module_with_options_that_it_has() throws Exception {
        String dockerfile = Files.readString(SAMPLES.resolve("Dockerfile"));
        String module = Main.class.getPackageName() + "/" + Main.class.getName();
        assertTrue(dockerfile.contains("\"--module\", \"" + module + "\"]"), dockerfile);
        Matcher command = Pattern.compile("^CMD \\[(.+)]$", Pattern.MULTILINE).matcher(dockerfile);
        assertTrue(command.find(), "no CMD");
        String[] words = command.group(1).replace("\"", "").split(", ", -1);
        Arguments.Serve serve = assertInstanceOf(Arguments.Serve.class, Arguments.parse(words));
        assertEquals(Path.of("/var/lib/registry"), serve.root());
        assertEquals(5000, serve.listen().getPort());
        assertTrue(dockerfile.contains("\nVOLUME /var/lib/registry\n"), dockerfile);
    }

    /// It listens on every address, and nobody has to say who he is.
    @Test
    void image_says_that_whoever_reaches_it_may_push() throws Exception {
        for (String file : List.of("Dockerfile", "image")) {
            String text = Files.readString(SAMPLES.resolve(file));
            assertTrue(text.contains("whoever reaches it"), file + " has no warning");
        }
    }

    private static String unit() throws IOException {
        return Files.readString(SAMPLES.resolve("jbuild-registry.service"));
    }
}
