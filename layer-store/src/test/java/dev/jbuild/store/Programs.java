package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Other people's programs that tests compare with.
public final class Programs {
    private Programs() {}

    /// Skips the test, saying why, if a program isn't installed.
    public static void assumeInstalled(String... names) {
        for (String name : names) {
            boolean found =
                    Stream.of(System.getenv().getOrDefault("PATH", "").split(":", -1))
                            .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
            assumeTrue(found, () -> "skipped: " + name + " is not installed");
        }
    }

    /// Skips the test, saying why, if it doesn't run as root.
    public static void assumeRoot() throws IOException {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        assumeTrue(root, "skipped: it sets owners and makes devices, which only root may");
    }

    /// Runs a program in the C locale.
    ///
    /// @return what it printed, a byte a character
    /// @throws AssertionError if it fails
    public static String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), ISO_8859_1);
        if (process.waitFor() != 0) {
            throw new AssertionError(List.of(command) + " failed: " + output);
        }
        return output;
    }
}
