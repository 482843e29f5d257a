package dev.jbuild.samples;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The repository this test is part of, with the programs that Maven has built in it.
record BuiltTree(Path root) {

    /// How a program ended, and what it printed, both streams in one.
    record Result(int exitCode, String output) {
        List<String> lines() {
            return output.lines().toList();
        }
    }

    /// Tests run in the directory of their module.
    static BuiltTree here() {
        return new BuiltTree(Path.of("..").toAbsolutePath().normalize());
    }

    Path launcher() {
        return root.resolve("jbuild");
    }

    /// Skips the test, with the reason, on a machine that lacks one of the programs.
    static void needs(String... programs) {
        for (String program : programs) {
            if (directoriesOfPrograms()
                    .noneMatch(dir -> Files.isExecutable(dir.resolve(program)))) {
                abort("this machine has no '" + program + "'; ./test installs it");
            }
        }
    }

    private static Stream<Path> directoriesOfPrograms() {
        return Stream.concat(
                Stream.of(System.getenv("PATH").split(":", -1)).map(Path::of),
                Stream.of("/usr/sbin", "/sbin").map(Path::of));
    }

    Result run(Map<String, String> environment, Path program, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile("jbuild-test", ".out");
        try {
            Process process = start(environment, output, command);
            if (!process.waitFor(20, TimeUnit.MINUTES)) {
                process.destroy();
                throw new AssertionError(
                        program + " took more than 20 minutes: " + Files.readString(output));
            }
            return new Result(process.exitValue(), Files.readString(output));
        } finally {
            Files.delete(output);
        }
    }

    /// Starts a program in the tree, with both streams into `output` and nothing to read.
    Process start(Map<String, String> environment, Path output, List<String> command)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(root.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
        // The launcher is to enter a namespace of its own, as it does for a user.
        builder.environment().remove("JBUILD_NAMESPACE");
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        return process;
    }
}
