package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.server.netty.ConnectionLimits;
import java.io.EOFException;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an operator learns of connections that are refused.
class RefusalLogTest {
    @TempDir Path directory;

    @Test
    void refused_connections_are_counted_and_told_of_once() throws Exception {
        List<String> notices = Collections.synchronizedList(new ArrayList<>());
        try (Registry registry =
                new Registry(
                        directory,
                        config ->
                                config.withConnections(new ConnectionLimits(10, 1, _ -> false))
                                        .withNotices(notices::add))) {
            for (int i = 0; i < 5; i++) {
                assertRefused(registry);
            }
            String figures = registry.get("/metrics").text();
            String counted = "jbuild_registry_connections_refused_total{reason=\"address\"} 5.0\n";
            assertTrue(figures.contains(counted), figures);
            assertTrue(figures.contains("jbuild_registry_connections 1.0\n"), figures);
            assertEquals(
                    List.of(
                            "connections of '127.0.0.1' are refused: it has as many open as one"
                                    + " address may (connections.per-address: 1)"),
                    notices);
        }
    }

    private static void assertRefused(Registry registry) throws Exception {
        try (Wire wire = registry.connect()) {
            wire.send("GET", "/v2/", Registry.NOTHING);
        } catch (SocketException | EOFException _) {
            return;
        }
        throw new AssertionError("the connection was let in");
    }
}
