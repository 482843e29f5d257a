package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// `serve` as a process of its own, from the module path that the launcher uses.
final class ServerProcess implements AutoCloseable {
    private static final Path LIB = Path.of("target", "lib");

    final Process process;
    private final BufferedReader out;
    private @Nullable InetSocketAddress address;

    /// @param prefix what java is started by, such as `unshare`
    ServerProcess(List<String> prefix, String... words) throws IOException {
        assertTrue(Files.isDirectory(LIB), "'target/lib' is missing: run the package phase first");
        List<String> command = new ArrayList<>(prefix);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(
                List.of(
                        "--enable-native-access=org.xerial.sqlitejdbc",
                        "--module-path",
                        LIB.toAbsolutePath().toString(),
                        "--module",
                        "dev.jbuild.registry.server/dev.jbuild.registry.server.Main"));
        command.addAll(List.of(words));
        process = new ProcessBuilder(command).start();
        out = process.inputReader(StandardCharsets.UTF_8);
    }

    static ServerProcess on(Path root) throws IOException {
        return new ServerProcess(List.of(), "--root", root.toString(), "--listen", "127.0.0.1:0");
    }

    /// Waits, once, for the line that says where it listens.
    InetSocketAddress address() throws IOException {
        if (address != null) {
            return address;
        }
        String line = out.readLine();
        if (line == null) {
            throw new IOException("the server did not start: " + errors());
        }
        assertTrue(line.matches("jbuild registry listening on http://127\\.0\\.0\\.1:\\d+"), line);
        int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        return address;
    }

    String errors() throws IOException {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /// SIGTERM; unlike [Process#destroy] it leaves the streams open.
    void terminate() {
        assertTrue(process.toHandle().destroy());
    }

    /// kill -9
    void kill() throws InterruptedException {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }

    int exitCode() throws InterruptedException {
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the server doesn't end");
        return process.exitValue();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        out.close();
    }
}
