package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `jbuild verify --rebuild` of images whose steps run commands.
class RebuildIT {
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final String SYSTEM = "FROM scratch\nCOPY bin /bin\n";

    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private Path context;

    @BeforeAll
    static void needs_a_private_namespace() throws IOException {
        String entered = System.getenv("JBUILD_NAMESPACE");
        assumeTrue(
                entered != null
                        && entered.equals(
                                Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString()),
                "SKIPPED: needs root in a private mount namespace: run ./test");
        assumeTrue(
                Files.isExecutable(BUSYBOX), "SKIPPED: needs Debian's busybox-static: run ./test");
    }

    @BeforeEach
    void make_a_context() throws IOException {
        context = directory.resolve("context");
        Path bin = Files.createDirectories(context.resolve("bin"));
        Files.copy(BUSYBOX, bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String applet : List.of("sh", "echo", "cat", "mkdir")) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
    }

    @Test
    void a_build_that_depends_on_its_inputs_alone_gives_the_same_digest() throws Exception {
        String digest =
                build(SYSTEM + "RUN mkdir /d && echo hello > /d/f\nRUN cat /d/f > /g\nENV A=1\n");
        assertEquals(0, run("verify", "--rebuild", "app:v1", context.toString()), err());
        assertEquals("same digest: " + digest, out());
    }

    @Test
    void a_file_that_is_another_each_time_is_named_with_its_bytes() throws Exception {
        build(SYSTEM + "RUN echo id: > /f && cat /proc/sys/kernel/random/uuid >> /f\n");
        assertEquals(1, run("verify", "--rebuild", "app:v1", context.toString()), err());
        assertTrue(
                out().matches(
                                "(?s)first:  app:v1 .*\nsecond: built again .*\n"
                                        + "layer 2 \\(RUN [^\n]*\n"
                                        + "  f: content: bytes 4 to \\d+ differ"
                                        + " \\(\\d+ of them\\) of 41: [^\n]*\n"),
                out());
    }

    private String build(String dockerfile) throws IOException {
        Files.writeString(context.resolve("Dockerfile"), dockerfile);
        assertEquals(0, run("-q", "-t", "app:v1", context.toString()), err());
        String digest = out();
        out.reset();
        return digest;
    }

    private int run(String... args) {
        Map<String, String> environment =
                Map.of(
                        "JBUILD_ROOT",
                        directory.resolve("store").toString(),
                        "JBUILD_NAMESPACE",
                        System.getenv("JBUILD_NAMESPACE"));
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        environment,
                        false);
        return Main.run(List.of(args), console);
    }

    private String out() {
        return out.toString(UTF_8);
    }

    private String err() {
        return err.toString(UTF_8);
    }
}
