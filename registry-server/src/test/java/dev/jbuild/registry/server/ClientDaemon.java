package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The daemon that a client needs, with everything it has in a directory of its own. Needs root and
/// what containers need; where it doesn't start, the test is skipped with what it said.
final class ClientDaemon implements AutoCloseable {
    private final Process process;
    private final Path socket;

    private ClientDaemon(Process process, Path socket) {
        this.process = process;
        this.socket = socket;
    }

    /// dockerd, without a network for containers.
    static ClientDaemon docker(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path socket = directory.resolve("sock");
        return start(
                directory,
                socket,
                List.of("docker", "--host=unix://" + socket, "version"),
                "dockerd",
                "--data-root=" + directory.resolve("data"),
                "--exec-root=" + directory.resolve("exec"),
                "--pidfile=" + directory.resolve("pid"),
                "--host=unix://" + socket,
                "--storage-driver=vfs",
                "--iptables=false",
                "--bridge=none");
    }

    static ClientDaemon containerd(Path directory) throws IOException, InterruptedException {
        Files.createDirectories(directory);
        Path socket = directory.resolve("sock");
        Path config =
                Files.writeString(
                        directory.resolve("config.toml"),
                        """
                        version = 2
                        root = "%s"
                        state = "%s"
                        disabled_plugins = ["io.containerd.grpc.v1.cri"]
                        [grpc]
                        address = "%s"
                        """
                                .formatted(
                                        directory.resolve("root"),
                                        directory.resolve("state"),
                                        socket));
        return start(
                directory,
                socket,
                List.of("ctr", "--address=" + socket, "version"),
                "containerd",
                "--config=" + config);
    }

    Path socket() {
        return socket;
    }

    private static ClientDaemon start(
            Path directory, Path socket, List<String> isUp, String... command)
            throws IOException, InterruptedException {
        assumeTrue("root".equals(System.getProperty("user.name")), command[0] + " needs root");
        Path log = directory.resolve("log");
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        for (int tries = 0; tries < 120 && process.isAlive(); tries++) {
            Process asking =
                    new ProcessBuilder(isUp)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (asking.waitFor() == 0) {
                return new ClientDaemon(process, socket);
            }
            Thread.sleep(250);
        }
        process.destroyForcibly().waitFor();
        try (Stream<String> lines = Files.lines(log)) {
            List<String> all = lines.toList();
            return abort(
                    command[0]
                            + " does not start here: "
                            + String.join(
                                    " | ", all.subList(Math.max(0, all.size() - 3), all.size())));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
