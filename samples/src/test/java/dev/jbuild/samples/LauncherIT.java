package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher `jbuild`, in a tree whose programs only tell how they were started.
class LauncherIT {
    private static final String MAIN =
            """
            package dev.jbuild.cli;
            import java.nio.file.*;
            import java.util.*;
            public class Main {
                public static void main(String[] args) throws Exception {
                    switch (args[0]) {
                        case "arguments" -> System.out.println(List.of(args));
                        case "exit" -> System.exit(Integer.parseInt(args[1]));
                        case "echo" -> System.in.transferTo(System.out);
                        case "answer" -> System.out.println(dev.jbuild.overlay.Answer.answer());
                        case "wait" -> { System.out.println(ProcessHandle.current().pid()); Thread.sleep(60_000); }
                        case "uids" -> System.out.print(Files.readString(Path.of("/proc/self/uid_map")).replaceAll(" +", " "));
                        default -> System.out.println(System.getenv("JBUILD_NAMESPACE")
                                + " " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt"))
                                + " " + System.getenv("JBUILD_USER_UID"));
                    }
                }
            }
            """;
    private static final String SERVER =
            """
            package dev.jbuild.registry.server;
            public class Main {
                public static void main(String[] args) throws Exception {
                    System.out.println("serve " + java.util.List.of(args)
                            + java.nio.file.Files.readSymbolicLink(java.nio.file.Path.of("/proc/self/ns/mnt")));
                }
            }
            """;

    @TempDir private Path temp;
    private BuiltTree tree;

    @BeforeEach
    void make_a_tree() throws IOException {
        BuiltTree.needs("unshare", "setpriv");
        Files.setPosixFilePermissions(temp, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path root = Files.createDirectory(temp.resolve("tree"));
        Files.copy(BuiltTree.here().launcher(), root.resolve("jbuild"));
        Files.setPosixFilePermissions(
                root.resolve("jbuild"), PosixFilePermissions.fromString("rwxr-xr-x"));
        tree = new BuiltTree(root);
        module("builder", "com.github.luben.zstd_jni", "", "", "");
        module("builder", "dev.jbuild.store", "", "", "");
        answer(42);
        module(
                "builder",
                "dev.jbuild.builder",
                "requires dev.jbuild.overlay; requires dev.jbuild.store; requires"
                        + " com.github.luben.zstd_jni;",
                "dev/jbuild/cli/Main.java",
                MAIN);
        for (String library : List.of("com.github.luben.zstd_jni", "org.xerial.sqlitejdbc")) {
            module("registry-server", library, "", "", "");
        }
        module(
                "registry-server",
                "dev.jbuild.registry.server",
                "requires org.xerial.sqlitejdbc; requires com.github.luben.zstd_jni;",
                "dev/jbuild/registry/server/Main.java",
                SERVER);
    }

    private void answer(int answer) throws IOException {
        module(
                "builder",
                "dev.jbuild.overlay",
                "exports dev.jbuild.overlay;",
                "dev/jbuild/overlay/Answer.java",
                "package dev.jbuild.overlay; public class Answer { public static int answer() { return "
                        + answer
                        + "; } }");
    }

    /// Compiles a module of at most one class into the module path of a program.
    private void module(String program, String name, String directives, String file, String source)
            throws IOException {
        Path sources = Files.createTempDirectory(temp, "sources");
        Path classes = Files.createTempDirectory(temp, "classes");
        Path lib = Files.createDirectories(tree.root().resolve(program + "/target/lib"));
        List<String> compile =
                new ArrayList<>(List.of("-d", classes.toString(), "-p", lib.toString()));
        compile.add(
                write(
                        sources.resolve("module-info.java"),
                        "module " + name + " { " + directives + " }"));
        if (!file.isEmpty()) {
            compile.add(write(sources.resolve(file), source));
        }
        tool("javac", compile);
        tool(
                "jar",
                List.of(
                        "--create",
                        "--file",
                        lib.resolve(name + ".jar").toString(),
                        "-C",
                        classes.toString(),
                        "."));
    }

    private static String write(Path file, String text) throws IOException {
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        return Files.writeString(file, text).toString();
    }

    private static void tool(String name, List<String> arguments) {
        StringWriter output = new StringWriter();
        try (var writer = new java.io.PrintWriter(output)) {
            int code =
                    ToolProvider.findFirst(name)
                            .orElseThrow()
                            .run(writer, writer, arguments.toArray(String[]::new));
            writer.flush();
            assertEquals(0, code, output.toString());
        }
    }

    private BuiltTree.Result jbuild(String... arguments) throws IOException, InterruptedException {
        return tree.run(Map.of(), tree.launcher(), arguments);
    }

    private static String namespace() throws IOException {
        return Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
    }

    private static void asRoot() throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "only root may change to another user");
    }

    @Test
    void arguments_pass_as_they_are() throws IOException, InterruptedException {
        assertEquals(
                "[arguments, a b, *, $HOME, ]\n",
                jbuild("arguments", "a b", "*", "$HOME", "").output());
    }

    @Test
    void exit_code_passes() throws IOException, InterruptedException {
        assertEquals(17, jbuild("exit", "17").exitCode());
    }

    @Test
    void standard_input_passes() throws IOException, InterruptedException {
        BuiltTree.Result echo =
                tree.run(
                        Map.of(),
                        Path.of("/bin/sh"),
                        "-c",
                        "echo hello | " + tree.launcher() + " echo");
        assertEquals("hello\n", echo.output());
    }

    @Test
    void launcher_is_found_through_symbolic_links() throws IOException, InterruptedException {
        Path bin = Files.createDirectories(temp.resolve("usr/bin"));
        Files.createSymbolicLink(temp.resolve("usr/first"), Path.of("../tree/jbuild"));
        Files.createSymbolicLink(bin.resolve("jbuild"), Path.of("../first"));
        assertEquals("42\n", tree.run(Map.of(), bin.resolve("jbuild"), "answer").output());
    }

    @Test
    void process_becomes_java_and_gets_its_signals() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(tree.launcher().toString(), "wait").start();
        try (BufferedReader output = process.inputReader()) {
            assertEquals(Long.toString(process.pid()), output.readLine());
            process.destroy();
            assertEquals(128 + 15, process.waitFor());
        }
    }

    @Test
    void commands_run_in_a_mount_namespace_of_their_own() throws IOException, InterruptedException {
        String[] told = jbuild("images").output().strip().split(" ", -1);
        assertEquals(told[0], told[1], "JBUILD_NAMESPACE is the namespace that java is in");
        assertNotEquals(namespace(), told[1]);
        assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid").toString(), told[2]);
    }

    @Test
    void namespace_is_not_entered_twice() throws IOException, InterruptedException {
        Map<String, String> inside = Map.of("JBUILD_NAMESPACE", namespace());
        assertEquals(
                namespace(),
                tree.run(inside, tree.launcher(), "images").output().split(" ", -1)[1]);
    }

    @Test
    void version_and_serve_need_no_namespace() throws IOException, InterruptedException {
        Object uid = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        assertEquals("null " + namespace() + " " + uid + "\n", jbuild("version").output());
        assertEquals(
                "serve [--root, r]" + namespace() + "\n", jbuild("serve", "--root", "r").output());
    }

    @Test
    void another_jdk_than_25_is_refused() throws IOException, InterruptedException {
        Path jdk = temp.resolve("jdk-17");
        write(jdk.resolve("release"), "JAVA_VERSION=\"17.0.2\"\n");
        write(jdk.resolve("bin/java"), "");
        Files.setPosixFilePermissions(
                jdk.resolve("bin/java"), PosixFilePermissions.fromString("rwxr-xr-x"));
        BuiltTree.Result refused =
                tree.run(Map.of("JBUILD_JAVA_HOME", jdk.toString()), tree.launcher(), "answer");
        assertEquals(1, refused.exitCode());
        assertTrue(
                refused.output()
                        .startsWith("jbuild: JBUILD_JAVA_HOME='" + jdk + "' is no JDK 25\n"),
                refused.output());
    }

    @Test
    void tree_without_jars_says_what_to_run() throws IOException, InterruptedException {
        Files.move(tree.root().resolve("builder"), temp.resolve("elsewhere"));
        BuiltTree.Result refused = jbuild("answer");
        assertEquals(1, refused.exitCode());
        assertTrue(
                refused.output().contains("run '" + tree.root() + "/quickstart'"),
                refused.output());
    }

    @Test
    void aot_cache_is_used_until_a_jar_changes() throws IOException, InterruptedException {
        assertEquals(1, jbuild("--aot").exitCode());
        tree.run(Map.of("JBUILD_AOT", "record"), tree.launcher(), "answer");
        Path cache = Path.of(jbuild("--aot").output().strip());
        assertTrue(Files.size(cache) > 1_000_000, cache.toString());
        assertEquals("42\n", jbuild("answer").output());

        answer(43);
        assertEquals("43\n", jbuild("answer").output());
        assertEquals(1, jbuild("--aot").exitCode());
    }

    @Test
    void recording_the_aot_cache_passes_the_exit_code() throws IOException, InterruptedException {
        assertEquals(
                9,
                tree.run(Map.of("JBUILD_AOT", "record"), tree.launcher(), "exit", "9").exitCode());
    }

    @Test
    void truncated_aot_cache_is_passed_over_in_silence() throws IOException, InterruptedException {
        tree.run(Map.of("JBUILD_AOT", "record"), tree.launcher(), "answer");
        try (FileChannel cache =
                FileChannel.open(
                        Path.of(jbuild("--aot").output().strip()), StandardOpenOption.WRITE)) {
            cache.truncate(cache.size() / 2);
        }
        assertEquals("42\n", jbuild("answer").output());
    }

    @Test
    void user_without_subordinate_ids_is_told_how_to_get_some()
            throws IOException, InterruptedException {
        asRoot();
        BuiltTree.Result refused = asUser("", "answer");
        assertEquals(1, refused.exitCode());
        assertTrue(
                refused.output().contains("ask root for: usermod --add-subuids 100000-165535"),
                refused.output());
    }

    @Test
    void user_gets_all_subordinate_ids() throws IOException, InterruptedException {
        asRoot();
        BuiltTree.needs("newuidmap");
        assertEquals(
                " 0 54321 1\n 1 700000 65535\n", asUser("tester:700000:65536\n", "uids").output());
    }

    /// Runs the launcher as a user who exists only for it, with these subordinate ids.
    private BuiltTree.Result asUser(String ids, String argument)
            throws IOException, InterruptedException {
        write(
                temp.resolve("passwd"),
                Files.readString(Path.of("/etc/passwd")) + "tester:x:54321:54321::/:/bin/sh\n");
        write(temp.resolve("ids"), ids);
        String script =
                """
                mount --bind %1$s/passwd /etc/passwd
                mount --bind %1$s/ids /etc/subuid
                mount --bind %1$s/ids /etc/subgid
                exec setpriv --reuid=54321 --regid=54321 --clear-groups env HOME=%1$s %2$s %3$s
                """
                        .formatted(temp, tree.launcher(), argument);
        return tree.run(
                Map.of(),
                Path.of("/usr/bin/unshare"),
                "--mount",
                "--propagation",
                "private",
                "sh",
                "-ec",
                script);
    }
}
