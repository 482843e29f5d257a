package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// Looks for processes of this machine by their arguments.
final class Processes {
    private Processes() {}

    /// A number of seconds for `sleep` that nobody else sleeps.
    static String uniqueSeconds() {
        return Integer.toString(ThreadLocalRandom.current().nextInt(100_000_000, 999_999_999));
    }

    /// The ids of the processes that have exactly these arguments.
    static List<String> with(String... arguments) throws IOException {
        String wanted = String.join("\0", arguments) + "\0";
        List<String> found = new ArrayList<>();
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.filter(Processes::isProcess).toList()) {
                if (wanted.equals(read(process.resolve("cmdline")))) {
                    found.add(process.getFileName().toString());
                }
            }
        }
        return found;
    }

    /// Waits until there are some, or none.
    static void await(boolean some, Duration limit, String... arguments)
            throws IOException, InterruptedException {
        Instant end = Instant.now().plus(limit);
        while (with(arguments).isEmpty() == some) {
            if (Instant.now().isAfter(end)) {
                throw new AssertionError(
                        "after "
                                + limit
                                + (some ? " there is no process " : " there still is a process ")
                                + List.of(arguments));
            }
            Thread.sleep(5);
        }
    }

    private static boolean isProcess(Path directory) {
        return Character.isDigit(directory.getFileName().toString().charAt(0));
    }

    /// Empty if the process has ended meanwhile.
    private static String read(Path file) throws IOException {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            if (Files.exists(file) && !"No such process".equals(e.getMessage())) {
                throw e;
            }
            return "";
        }
    }
}
