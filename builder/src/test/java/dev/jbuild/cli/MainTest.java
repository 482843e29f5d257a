package dev.jbuild.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
    @TempDir Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void no_arguments_show_the_help() {
        assertEquals(0, run());
        assertTrue(out().startsWith("Usage: jbuild "), out());
        assertTrue(out().contains("  images    list the images of the store\n"), out());
    }

    @Test
    void help_of_a_command_shows_its_options() {
        assertEquals(0, run("help", "build"));
        assertTrue(out().contains("--build-arg"), out());
    }

    @Test
    void help_of_an_unknown_command_suggests_one() {
        assertEquals(2, run("help", "biuld"));
        assertEquals(
                "jbuild: there is no command 'biuld'; did you mean 'build'? (jbuild help lists them)\n",
                err());
    }

    @Test
    void version_is_that_of_the_build() {
        assertEquals(0, run("--version"));
        assertTrue(out().matches("jbuild \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?\n"), out());
    }

    @Test
    void an_unknown_option_is_wrong_usage() {
        assertEquals(2, run("images", "--nope"));
        assertTrue(err().contains("--nope"), err());
    }

    @Test
    void a_mistyped_command_is_not_taken_for_a_build_context() {
        assertEquals(2, run("imges"));
        assertTrue(err().contains("did you mean 'images'?"), err());
    }

    @Test
    void a_build_without_context_says_how_to_name_one() {
        assertEquals(2, run("-t", "app:v1"));
        assertEquals(
                "jbuild: no build context: name a directory, such as jbuild -t app:v1 .\n", err());
    }

    @Test
    void a_build_of_a_directory_without_dockerfile_says_so() {
        assertEquals(1, run("-t", "app:v1", directory.toString()));
        assertTrue(err().contains("there is no Dockerfile here"), err());
    }

    @Test
    void a_context_that_is_not_there_or_no_directory_is_named() throws Exception {
        assertEquals(1, run("build", directory.resolve("nowhere").toString()));
        assertTrue(err().contains("nowhere: there is no such build context"), err());
        Path file = Files.writeString(directory.resolve("file"), "");
        assertEquals(1, run("build", file.toString()));
        assertTrue(err().contains("file: the build context has to be a directory"), err());
    }

    @Test
    void a_dockerfile_error_shows_the_line() throws Exception {
        Files.writeString(directory.resolve("Dockerfile"), "FROM scratch\nCOPPY a b\n");
        assertEquals(1, run("build", directory.toString()));
        assertTrue(err().contains("Dockerfile:2: "), err());
        assertTrue(err().contains("COPPY a b"), err());
    }

    @Test
    void a_stack_trace_is_shown_with_debug_alone() {
        run("inspect", "nope");
        assertFalse(err().contains("\tat "), err());
        err.reset();
        run("--debug", "inspect", "nope");
        assertTrue(err().contains("\tat "), err());
    }

    @Test
    void an_image_that_is_not_there_names_the_store() {
        assertEquals(1, run("inspect", "nope"));
        assertTrue(err().contains("no image 'nope:latest' in the store '"), err());
    }

    @Test
    void a_config_only_build_needs_no_mount_and_gives_an_image() throws Exception {
        Files.writeString(directory.resolve("Dockerfile"), "FROM scratch\nENV A=1\n");
        assertEquals(0, run("-t", "app:v1", directory.toString()));
        assertTrue(out().matches("sha256:[0-9a-f]{64}\n"), out());
        out.reset();
        assertEquals(0, run("images", "--quiet"));
        assertEquals("app:v1\n", out());
    }

    @Test
    void rmi_removes_the_name() throws Exception {
        Files.writeString(directory.resolve("Dockerfile"), "FROM scratch\nENV A=1\n");
        run("-t", "app:v1", directory.toString());
        assertEquals(0, run("tag", "app:v1", "app:v2"));
        assertEquals(0, run("rmi", "app:v1"));
        out.reset();
        run("images", "-q");
        assertEquals("app:v2\n", out());
    }

    private int run(String... args) {
        List<String> all = List.of(args);
        Map<String, String> environment =
                Map.of("JBUILD_ROOT", directory.resolve("store").toString());
        Console console =
                new Console(
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        environment,
                        false);
        return Main.run(all, console);
    }

    private String out() {
        return out.toString(UTF_8);
    }

    private String err() {
        return err.toString(UTF_8);
    }
}
