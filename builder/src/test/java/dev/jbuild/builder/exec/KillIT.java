package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is left when a run is ended from outside.
class KillIT {
    static final String SECRET = "only-for-the-command";
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration END = Duration.ofSeconds(1);

    private final Path directory;
    private final Path rootfs;
    private final String seconds = Processes.uniqueSeconds();
    private final List<Process> jvms = new ArrayList<>();

    @BeforeAll
    static void checkMachine() throws IOException {
        Busybox.assumeContainers();
    }

    KillIT(@TempDir Path directory) throws IOException {
        this.directory = directory;
        this.rootfs = Busybox.rootfs(directory.resolve("rootfs"));
    }

    @AfterEach
    void endJvms() throws InterruptedException {
        for (Process jvm : jvms) {
            jvm.destroyForcibly().waitFor();
        }
    }

    @Test
    void killed_jvm_leaves_no_process_no_mount_and_no_cgroup() throws Exception {
        List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        List<String> cgroups = cgroups();
        Process jvm = start(Stdio.CAPTURED, "sh", "-c", "sleep " + seconds + " & sleep " + seconds);
        Processes.await(true, START, "sleep", seconds);
        assertEquals(cgroups, cgroups());
        jvm.destroyForcibly();
        Processes.await(false, END, "sleep", seconds);
        Processes.await(false, END, "sh", "-c", "sleep " + seconds + " & sleep " + seconds);
        assertEquals(mounts, Files.readAllLines(Path.of("/proc/self/mountinfo")));
        assertEquals(cgroups, cgroups());
        assertEquals(List.of(), mentioning(directory.toString()));
    }

    @Test
    void jvm_killed_at_any_moment_leaves_no_process() throws Exception {
        // From before the start of the first program to after that of the last one.
        for (int delay = 0; delay < 600; delay += 60) {
            Process jvm = start(Stdio.CAPTURED, "sleep", seconds);
            Thread.sleep(delay);
            jvm.destroyForcibly().waitFor();
        }
        Thread.sleep(END.toMillis());
        assertEquals(List.of(), Processes.with("sleep", seconds));
        assertEquals(List.of(), mentioning(directory.toString()));
    }

    @Test
    void secret_of_the_environment_is_in_no_command_line_and_no_file_for_others() throws Exception {
        start(Stdio.CAPTURED, "sleep", seconds);
        Processes.await(true, START, "sleep", seconds);
        assertEquals(List.of(), mentioning(SECRET));
        List<Path> bundles =
                files(directory.resolve("temporary")).stream()
                        .filter(file -> file.getFileName().toString().startsWith("run-"))
                        .filter(file -> !file.toString().contains("/state/"))
                        .toList();
        assertEquals(1, bundles.size());
        assertEquals("rwx------", permissions(bundles.getFirst()));
        assertEquals("rw-------", permissions(bundles.getFirst().resolve("config.json")));
    }

    @Test
    void interrupt_kills_all_processes_and_leaves_no_file() throws Exception {
        OciCommandRunner runner =
                OciCommandRunner.create(directory.resolve("t"), directory.resolve("memo"));
        RunSpec spec =
                RunSpec.of(rootfs, List.of("sh", "-c", "setsid sleep " + seconds + "; true"));
        FutureTask<Integer> run = new FutureTask<>(() -> runner.run(spec, _ -> {}));
        Thread thread = Thread.ofVirtual().start(run);
        Processes.await(true, START, "sleep", seconds);
        thread.interrupt();
        ExecutionException e = assertThrows(ExecutionException.class, run::get);
        assertTrue(e.getCause() instanceof InterruptedException, String.valueOf(e.getCause()));
        assertEquals(List.of(), Processes.with("sleep", seconds));
        assertEquals(List.of(directory.resolve("t")), files(directory.resolve("t")));
        assertFalse(Files.exists(rootfs.resolve("proc")));
    }

    @Test
    void sink_that_throws_ends_the_run() throws Exception {
        OciCommandRunner runner =
                OciCommandRunner.create(directory.resolve("t"), directory.resolve("memo"));
        RunSpec spec = RunSpec.of(rootfs, List.of("sh", "-c", "echo x; sleep " + seconds));
        OutputSink full =
                _ -> {
                    throw new IllegalStateException("full");
                };
        assertThrows(IllegalStateException.class, () -> runner.run(spec, full));
        assertEquals(List.of(), Processes.with("sleep", seconds));
    }

    @Test
    void signal_to_the_jvm_reaches_the_command_and_its_exit_code_comes_back() throws Exception {
        Process jvm =
                start(
                        Stdio.INHERITED,
                        "sh",
                        "-c",
                        "trap 'exit 7' TERM; trap 'exit 8' INT; sleep " + seconds + " & wait");
        Processes.await(true, START, "sleep", seconds);
        jvm.destroy();
        assertEquals(7, jvm.waitFor());
        assertEquals(List.of(), Processes.with("sleep", seconds));
    }

    private Process start(Stdio stdio, String... command) throws IOException {
        List<String> java = new ArrayList<>();
        java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        java.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", classPath()));
        java.add(KilledRun.class.getName());
        java.add(directory.resolve("temporary").toString());
        java.add(rootfs.toString());
        java.add(stdio.name());
        java.addAll(List.of(command));
        Process jvm =
                new ProcessBuilder(java)
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.INHERIT)
                        .start();
        jvms.add(jvm);
        return jvm;
    }

    /// Both paths: the tests run inside the module.
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                Path.of("target", "classes").toAbsolutePath().toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path", ""));
    }

    /// The command lines that contain a text.
    private static List<String> mentioning(String text) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .flatMap(process -> process.info().commandLine().stream())
                .filter(line -> line.contains(text))
                .toList();
    }

    private static List<String> cgroups() throws IOException {
        return files(Path.of("/sys/fs/cgroup")).stream()
                .map(Path::toString)
                .filter(path -> path.contains("run-") || path.contains("jbuild"))
                .toList();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.toList();
        }
    }

    private static String permissions(Path file) throws IOException {
        return java.nio.file.attribute.PosixFilePermissions.toString(
                Files.getPosixFilePermissions(file));
    }
}
