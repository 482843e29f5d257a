package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a build takes of the machine's memory depends neither on how many files there are nor on
/// how large they are. `bench/copy` measures it with more data.
class MemoryIT {
    private static final int FILES = 16_000;

    /// A hole: reading it costs little, and it is 1 GB of the layer's tar all the same.
    private static final long HOLE = 1_000_000_000;

    /// In kB, as the kernel counts: 250 MB.
    private static final long LIMIT = 250_000_000 / 1024;

    private Path home;
    private Path context;
    private BuiltTree tree;

    @BeforeEach
    void make_a_context() throws IOException {
        tree = BuiltTree.here();
        home = Files.createTempDirectory(Path.of("/tmp"), "jbuild-memory");
        context = Files.createDirectory(home.resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nCOPY src /src\n");
        Random random = new Random(1);
        byte[] content = new byte[8192];
        for (int i = 0; i < FILES; i++) {
            for (int at = 0; at < content.length; at += 2) {
                content[at] = (byte) random.nextInt(64);
            }
            Path directory = context.resolve("src/directory-" + i / 100);
            if (i % 100 == 0) {
                Files.createDirectories(directory);
            }
            Files.write(directory.resolve("file-" + i), content);
        }
        try (RandomAccessFile large = new RandomAccessFile(context + "/src/large", "rw")) {
            large.setLength(HOLE);
        }
    }

    @AfterEach
    void remove() throws Exception {
        if (home != null) {
            tree.run(Map.of(), Path.of("/bin/rm"), "-rf", home.toString());
        }
    }

    @Test
    void building_and_pushing_many_files_and_a_large_one_takes_less_than_250_MB() throws Exception {
        int port = RegistryProcess.freePort();
        Process registry = RegistryProcess.start(tree, home, port);
        try {
            Path output = home.resolve("build.log");
            Process build =
                    tree.start(
                            Map.of(),
                            output,
                            List.of(
                                    tree.launcher().toString(),
                                    "--root",
                                    home.resolve("store").toString(),
                                    "-q",
                                    "-t",
                                    "127.0.0.1:" + port + "/many:v1",
                                    "--push",
                                    context.toString()));
            long most = mostMemory(build);
            assertEquals(0, build.exitValue(), Files.readString(output));
            assertTrue(most > 0, "the build ended before it could be looked at");
            assertTrue(most < LIMIT, most + " kB of memory; the limit is " + LIMIT);
        } finally {
            registry.destroy();
            registry.waitFor();
        }
    }

    /// Waits for its end.
    ///
    /// @return its peak so far when it was last looked at, in kB
    private static long mostMemory(Process process) throws InterruptedException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        long most = 0;
        while (!process.waitFor(10, TimeUnit.MILLISECONDS)) {
            try {
                most = Math.max(most, peak(Files.readString(status)));
            } catch (IOException e) {
                // it has just ended
            }
        }
        return most;
    }

    /// 0 of one that has just ended.
    private static long peak(String status) {
        return status.lines()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
