package dev.jbuild.registry.server.netty;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How many files, sockets among them, this process may have open.
final class OpenFiles {
    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final String LINE = "Max open files";

    private OpenFiles() {}

    /// [Long#MAX_VALUE] if there is no limit, or none that this system tells.
    static long most() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                if (line.startsWith(LINE)) {
                    String soft = line.substring(LINE.length()).strip().split("\\s+", 2)[0];
                    return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
                }
            }
        } catch (IOException | NumberFormatException _) {
            // not Linux, or one without /proc
        }
        return Long.MAX_VALUE;
    }
}
