package dev.jbuild.registry.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.Arrays;

/// Other people's programs.
final class Programs {
    private Programs() {}

    static String[] with(String[] words, String... more) {
        String[] all = Arrays.copyOf(words, words.length + more.length);
        System.arraycopy(more, 0, all, words.length, more.length);
        return all;
    }

    /// Skips the test if one is missing.
    static void require(String... programs) throws Exception {
        for (String program : programs) {
            int missing =
                    new ProcessBuilder("sh", "-c", "command -v " + program)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor();
            assumeTrue(
                    missing == 0, program + " is not installed (apt-get install " + program + ")");
        }
    }

    static String succeeds(String... command) throws Exception {
        Result result = run(command);
        assertEquals(0, result.code(), String.join(" ", command) + "\n" + result.output());
        return result.output();
    }

    static String fails(String... command) throws Exception {
        Result result = run(command);
        assertTrue(result.code() != 0, String.join(" ", command) + "\n" + result.output());
        return result.output();
    }

    private record Result(int code, String output) {}

    private static Result run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        return new Result(process.waitFor(), output);
    }
}
