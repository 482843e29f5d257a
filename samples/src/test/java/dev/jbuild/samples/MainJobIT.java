package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What `./quickstart` does once everything is installed and built: scripts/main-job.sh, from base
/// images made of Debian's packages to a page fetched from an image that was pulled and verified.
/// It runs once, on a store of its own.
class MainJobIT {
    private static final BuiltTree TREE = BuiltTree.here();

    // No @TempDir: for each of a store's thousand symbolic links JUnit would print a warning.
    private static Path temp;
    private static Map<String, String> environment;
    private static BuiltTree.Result job;

    @BeforeAll
    static void run_the_main_job() throws IOException, InterruptedException {
        temp = Files.createTempDirectory("jbuild-main-job");
        BuiltTree.needs("mmdebstrap", "unshare", "runc", "curl", "openssl");
        Files.createDirectory(temp.resolve("scratch"));
        environment = new TreeMap<>();
        environment.put("JBUILD_ROOT", temp.resolve("store").toString());
        environment.put("JBUILD_SCRATCH", temp.resolve("scratch").toString());
        environment.put("JBUILD_LOGS", temp.resolve("logs").toString());
        environment.put("JBUILD_WIKI_PORT", Integer.toString(freePort()));
        environment.put("JBUILD_SITE_PORT", Integer.toString(freePort()));
        job = TREE.run(environment, TREE.root().resolve("scripts/main-job.sh"));
    }

    @AfterAll
    static void remove_what_it_made() throws IOException, InterruptedException {
        TREE.run(Map.of(), Path.of("/bin/rm"), "-rf", temp.toString());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void every_stage_is_told_with_its_time() {
        assertEquals(0, job.exitCode(), job.output());
        List<String> stages = job.lines();
        assertEquals(16, stages.size(), job.output());
        for (int i = 0; i < stages.size(); i++) {
            String number = "\\[ ?" + (i + 1) + "/16\\] ";
            assertTrue(
                    stages.get(i).matches(number + "[^.].* \\.+ +\\d+\\.\\d\\d s( .*)?"),
                    stages.get(i));
        }
    }

    @Test
    void store_holds_the_base_images_and_the_samples() throws IOException, InterruptedException {
        for (String image :
                List.of(
                        "debian:bookworm",
                        "alpine:3.9",
                        "golang:1.12-alpine",
                        "nginx:latest",
                        "wiki:v1",
                        "site:v1")) {
            BuiltTree.Result found = TREE.run(environment, TREE.launcher(), "inspect", image);
            assertEquals(0, found.exitCode(), found.output());
        }
    }

    @Test
    void nothing_is_left_of_what_the_job_started() throws IOException {
        try (Stream<Path> left = Files.list(temp.resolve("scratch"))) {
            assertEquals(List.of(), left.toList());
        }
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            assertEquals(
                    List.of(),
                    processes
                            .filter(process -> commandLine(process).contains(temp.toString()))
                            .toList());
        }
        assertTrue(
                Files.readAllLines(Path.of("/proc/self/mounts")).stream()
                        .noneMatch(m -> m.contains(temp.toString())));
    }

    private static String commandLine(Path process) {
        try {
            return Files.readString(process.resolve("cmdline"));
        } catch (IOException e) {
            return ""; // no process, or one that has just ended
        }
    }

    @Test
    void unchanged_rebuild_executes_no_step() throws IOException {
        List<String> steps =
                Files.readAllLines(temp.resolve("logs/08-build-wiki-v1-again-unchanged.log"))
                        .stream()
                        .filter(line -> line.startsWith("["))
                        .toList();
        assertTrue(steps.size() >= 5, steps.toString());
        steps.forEach(step -> assertTrue(step.contains("] CACHED "), step));
    }
}
