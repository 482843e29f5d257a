package dev.jbuild.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TempSpaceTest {
    @TempDir Path parent;

    @Test
    void what_a_dead_process_left_is_swept_by_the_next_opener() throws Exception {
        Path dead = parent.resolve("4711-aabbcc");
        Files.createDirectories(dead.resolve("tree/deep"));
        Files.writeString(dead.resolve("tree/deep/file"), "left");
        Files.createFile(dead.resolve("lease"));
        try (TempSpace space = TempSpace.open(parent)) {
            assertFalse(Files.exists(dead));
            assertEquals(List.of(), space.leftovers());
        }
    }

    @Test
    void opener_that_died_before_its_lease_is_swept_too() throws Exception {
        Path dead = Files.createDirectory(parent.resolve("4711-aabbcc"));
        TempSpace.open(parent).close();
        assertFalse(Files.exists(dead));
    }

    @Test
    void directories_closed_to_their_owner_are_swept() throws Exception {
        Path dead = parent.resolve("4711-aabbcc");
        Path closed = Files.createDirectories(dead.resolve("closed"));
        Files.writeString(closed.resolve("file"), "left");
        Files.setPosixFilePermissions(closed, java.util.Set.of());
        TempSpace.open(parent).close();
        assertFalse(Files.exists(dead));
    }

    @Test
    void two_spaces_of_one_process_leave_each_other_alone() throws Exception {
        try (TempSpace first = TempSpace.open(parent)) {
            Path file = Files.writeString(first.next("file"), "mine");
            TempSpace.open(parent).close();
            assertTrue(Files.exists(file));
            try (TempSpace second = TempSpace.open(parent)) {
                assertEquals(1, second.othersSince().size());
            }
        }
    }

    @Test
    void space_of_a_living_process_stays_and_goes_with_its_death() throws Exception {
        Process process = start(parent);
        try {
            Path theirs = Path.of(firstLine(process));
            try (TempSpace space = TempSpace.open(parent)) {
                assertTrue(Files.exists(theirs.resolve("file")));
                assertEquals(1, space.othersSince().size());
            }
            process.destroyForcibly().waitFor();
            try (TempSpace space = TempSpace.open(parent)) {
                assertFalse(Files.exists(theirs));
                assertEquals(List.of(), space.othersSince());
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static Process start(Path parent) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        Path.of("target", "classes") + ":" + Path.of("target", "test-classes"),
                        TempSpaceHolder.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String firstLine(Process process) throws IOException {
        return new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))
                .readLine();
    }
}
