package dev.jbuild.samples;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// `jbuild serve` as a process.
final class RegistryProcess {
    private static final int TRIES = 1200;
    private static final int PAUSE_MILLIS = 50;

    private RegistryProcess() {}

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /// Returns when it answers.
    ///
    /// @param home has its root, its log and its directory for temporary files
    static Process start(BuiltTree tree, Path home, int port)
            throws IOException, InterruptedException {
        Path output = home.resolve("registry.log");
        Files.deleteIfExists(output);
        Path temporary = Files.createDirectories(home.resolve("registry-tmp"));
        Process process =
                tree.start(
                        Map.of("JBUILD_JAVA_OPTS", "-Djava.io.tmpdir=" + temporary),
                        output,
                        List.of(
                                tree.launcher().toString(),
                                "serve",
                                "--root",
                                home.resolve("registry").toString(),
                                "--listen",
                                "127.0.0.1:" + port));
        for (int i = 0; i < TRIES && process.isAlive(); i++) {
            if (Files.readString(output).contains("listening on")) {
                return process;
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        process.destroyForcibly().waitFor();
        throw new AssertionError("the registry does not start: " + Files.readString(output));
    }
}
