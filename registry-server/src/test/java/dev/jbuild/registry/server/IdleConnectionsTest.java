package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Thousands of clients that keep their connections for later.
class IdleConnectionsTest {
    private static final int MANY = 3000;
    private static final long KB = 1024;
    private static final byte[] NOTHING = {};

    @TempDir Path root;

    /// What is in use by server and clients, which are one process here.
    private record Use(long memory, long threads) {}

    @Test
    void three_thousand_idle_connections_take_little_memory_no_threads_and_nobody_s_place()
            throws Exception {
        long files = openFiles();
        // both ends are in this process, and a server takes half of its files at most
        assumeTrue(files >= 3L * MANY, "only " + files + " files may be open here (ulimit -n -H)");
        try (Registry registry = new Registry(root)) {
            registry.pushImage("app", "v1");
            List<Wire> idle = new ArrayList<>();
            try {
                open(registry, idle, 100); // what the first ones make is there for all
                Use before = use();
                open(registry, idle, MANY);
                Use after = use();
                long each = (after.memory() - before.memory()) / MANY;
                assertTrue(each < 24 * KB, each + " bytes each, with the client's end");
                assertTrue(after.threads() <= before.threads() + 4, before + " became " + after);
                assertEquals(200, registry.get("/v2/app/manifests/v1").status());
                try (Wire late = registry.connect()) {
                    assertEquals(200, late.send("GET", "/v2/app/tags/list", NOTHING).status());
                }
                for (int i = 0; i < idle.size(); i += 50) {
                    assertEquals(200, idle.get(i).send("GET", "/v2/", NOTHING).status());
                }
            } finally {
                for (Wire wire : idle) {
                    wire.close();
                }
            }
        }
    }

    private static void open(Registry registry, List<Wire> idle, int more) throws IOException {
        for (int i = 0; i < more; i++) {
            Wire wire = registry.connect();
            idle.add(wire);
            assertEquals(200, wire.send("HEAD", "/v2/app/manifests/v1", NOTHING).status());
        }
    }

    private static long openFiles() throws IOException {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
            String line =
                    limits.filter(text -> text.startsWith("Max open files"))
                            .findFirst()
                            .orElseThrow();
            String soft = line.substring("Max open files".length()).strip().split(" +", -1)[0];
            return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
        }
    }

    private static Use use() throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        long direct =
                ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                        .metric()
                        .usedDirectMemory();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            return new Use(runtime.totalMemory() - runtime.freeMemory() + direct, threads.count());
        }
    }
}
