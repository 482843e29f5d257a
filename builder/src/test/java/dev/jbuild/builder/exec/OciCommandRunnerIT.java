package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Containers as both runtimes make them.
class OciCommandRunnerIT {
    private final Path directory;
    private final Path rootfs;
    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    OciCommandRunnerIT(@TempDir Path directory) throws IOException {
        this.directory = directory;
        this.rootfs = Busybox.rootfs(directory.resolve("rootfs"));
    }

    @BeforeAll
    static void checkMachine() throws IOException {
        Busybox.assumeContainers();
    }

    static Stream<OciRuntime> runtimes() {
        return OciRuntime.installed().stream();
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void exit_code_is_that_of_the_command(OciRuntime runtime) throws Exception {
        assertEquals(0, run(runtime, "exit 0"));
        assertEquals(42, run(runtime, "exit 42"));
        assertEquals(143, run(runtime, "sh -c 'kill -TERM $$'; exit $?"));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void output_and_errors_come_in_the_order_written(OciRuntime runtime) throws Exception {
        run(runtime, "for i in 1 2 3; do echo out $i; echo err $i >&2; done");
        List<String> written = List.of("out 1", "err 1", "out 2", "err 2", "out 3", "err 3");
        switch (runtime.kind()) {
            case CRUN -> assertEquals(written, lines);
            // runc copies each stream on its own.
            case RUNC -> {
                assertEquals(only("err", written), only("err", lines));
                assertEquals(only("out", written), only("out", lines));
            }
        }
    }

    private static List<String> only(String prefix, List<String> lines) {
        return lines.stream().filter(line -> line.startsWith(prefix)).toList();
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void command_is_process_1_of_few_on_a_host_of_its_own(OciRuntime runtime) throws Exception {
        run(runtime, "echo $$; hostname; ps -o pid > /dev/shm/ps; wc -l < /dev/shm/ps");
        assertEquals(List.of("1", "jbuild", "3"), lines); // title, sh, ps
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void root_has_dockers_capabilities_and_a_filter(OciRuntime runtime) throws Exception {
        run(
                runtime,
                "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status");
        assertEquals(
                List.of(
                        "CapInh:\t0000000000000000",
                        "CapPrm:\t00000000a80425fb",
                        "CapEff:\t00000000a80425fb",
                        "CapBnd:\t00000000a80425fb",
                        "CapAmb:\t0000000000000000",
                        "NoNewPrivs:\t0",
                        "Seccomp:\t2"),
                lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void namespaces_and_mounts_are_refused(OciRuntime runtime) throws Exception {
        assertNotEquals(0, run(runtime, "unshare -U true"));
        assertEquals(List.of("unshare: unshare(0x10000000): Operation not permitted"), lines);
        assertNotEquals(0, run(runtime, "mount -t tmpfs none /etc"));
        assertNotEquals(0, run(runtime, "echo 1 > /proc/sys/kernel/sysrq"));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void device_can_be_made_but_not_opened(OciRuntime runtime) throws Exception {
        assertEquals(0, run(runtime, "mknod /null c 1 3 && mknod /dev/null2 c 1 3"));
        assertNotEquals(0, run(runtime, "cat /null"));
        assertNotEquals(0, run(runtime, "mknod /dev/null2 c 1 3; cat /dev/null2"));
        assertEquals(
                0,
                run(
                        runtime,
                        "echo x > /dev/null && head -c 1 /dev/urandom > /dev/full; test -c /dev/tty"));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void user_of_the_image_has_its_groups_and_no_capabilities(OciRuntime runtime) throws Exception {
        User user = UserLookup.resolve(rootfs, "app");
        run(
                runtime,
                spec("id; echo $HOME; grep CapEff /proc/self/status", user, Network.HOST, false));
        assertEquals(
                List.of(
                        "uid=1000(app) gid=100(users) groups=10(wheel),100(users)",
                        "/app",
                        "CapEff:\t0000000000000000"),
                lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void network_of_its_own_has_loopback_only(OciRuntime runtime) throws Exception {
        run(runtime, spec("ls /sys/class/net", User.ROOT, Network.NONE, false));
        assertEquals(List.of("lo"), lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void network_of_the_host_has_its_resolver(OciRuntime runtime) throws Exception {
        run(runtime, "cat /etc/resolv.conf");
        assertEquals(Files.readAllLines(Path.of("/etc/resolv.conf")), lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void read_only_root_file_system_can_not_be_written(OciRuntime runtime) throws Exception {
        assertNotEquals(0, run(runtime, spec("echo x > /file", User.ROOT, Network.HOST, true)));
        assertEquals(0, run(runtime, spec("echo x > /dev/shm/f", User.ROOT, Network.HOST, true)));
        assertNotEquals(
                0,
                run(runtime, spec("cat /null", User.ROOT, Network.HOST, true)),
                "a device of the image could be opened");
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void mounts_of_the_step_are_seen(OciRuntime runtime) throws Exception {
        Path source = Files.createDirectory(directory.resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        RunSpec spec =
                new RunSpec(
                        rootfs,
                        List.of(
                                "sh",
                                "-c",
                                "cat /a/b/file /s && ! touch /a/b/x && touch /t/x /w/y"),
                        List.of(),
                        "/",
                        User.ROOT,
                        Network.HOST,
                        "h",
                        List.of(
                                new BindMount(source, "/a/b", true),
                                new BindMount(source, "/w", false),
                                new BindMount(source.resolve("file"), "/s", true)),
                        List.of(new TmpfsMount("/t", OptionalLong.of(4096))),
                        Privileges.DEFAULT,
                        false,
                        Stdio.CAPTURED);
        assertEquals(0, run(runtime, spec), lines.toString());
        assertTrue(Files.exists(source.resolve("y")));
        assertFalse(Files.exists(rootfs.resolve("a")));
        assertFalse(Files.exists(rootfs.resolve("t")));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void program_that_is_missing_is_told_without_a_line_of_output(OciRuntime runtime) {
        ProgramNotStartedException e =
                assertThrows(
                        ProgramNotStartedException.class,
                        () -> run(runtime, RunSpec.of(rootfs, List.of("/bin/nope"))));
        assertEquals(
                "'/bin/nope' is not in the image; is it built from a base image?", e.getMessage());
        assertEquals(127, e.exitCode());
        assertEquals(List.of(), lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void program_that_is_not_executable_is_told(OciRuntime runtime) {
        ProgramNotStartedException e =
                assertThrows(
                        ProgramNotStartedException.class,
                        () -> run(runtime, RunSpec.of(rootfs, List.of("/etc/passwd"))));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("'/etc/passwd' can't be executed: "), message);
        assertEquals(126, e.exitCode());
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void runtime_that_can_not_mount_is_no_exit_code_of_the_command(OciRuntime runtime)
            throws Exception {
        Files.writeString(rootfs.resolve("file"), "");
        RunSpec spec =
                new RunSpec(
                        rootfs,
                        List.of("true"),
                        List.of(),
                        "/",
                        User.ROOT,
                        Network.HOST,
                        "h",
                        List.of(new BindMount(directory, "/file", true)),
                        List.of(),
                        Privileges.DEFAULT,
                        false,
                        Stdio.CAPTURED);
        RuntimeFailedException e =
                assertThrows(RuntimeFailedException.class, () -> run(runtime, spec));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.startsWith("can't start 'true': " + runtime.kind().program()), message);
        assertEquals(List.of(), lines);
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void process_left_in_the_background_is_gone_after_the_run(OciRuntime runtime) throws Exception {
        String seconds = Processes.uniqueSeconds();
        run(runtime, "setsid sleep " + seconds + " </dev/null >/dev/null 2>&1 & sleep 0.1");
        assertEquals(List.of(), Processes.with("sleep", seconds));
    }

    @ParameterizedTest
    @MethodSource("runtimes")
    void nothing_stays_of_a_run(OciRuntime runtime) throws Exception {
        List<String> mounts = Files.readAllLines(Path.of("/proc/self/mountinfo"));
        List<Path> before = files(rootfs);
        run(runtime, "true");
        assertEquals(before, files(rootfs));
        assertEquals(
                List.of(directory.resolve("temporary")), files(directory.resolve("temporary")));
        assertEquals(mounts, Files.readAllLines(Path.of("/proc/self/mountinfo")));
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.sorted().toList();
        }
    }

    private RunSpec spec(String script, User user, Network network, boolean readOnly) {
        return new RunSpec(
                rootfs,
                List.of("/bin/sh", "-c", script),
                List.of(),
                "/",
                user,
                network,
                "h",
                List.of(),
                List.of(),
                Privileges.DEFAULT,
                readOnly,
                Stdio.CAPTURED);
    }

    private int run(OciRuntime runtime, String script) throws Exception {
        return run(runtime, RunSpec.of(rootfs, List.of("/bin/sh", "-c", script)));
    }

    private int run(OciRuntime runtime, RunSpec spec) throws IOException, InterruptedException {
        lines.clear();
        return OciCommandRunner.create(
                        directory.resolve("temporary"), directory.resolve("memo"), List.of(runtime))
                .run(spec, lines::add);
    }
}
