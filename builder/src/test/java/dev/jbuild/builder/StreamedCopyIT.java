package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Copies that no later step has to see on disk go straight into their layers, and these are the
/// same as through a snapshot.
class StreamedCopyIT extends InBuildFixture {
    private static final String COPIES =
            """
            WORKDIR /app/work
            COPY --chown=app a sub /app/
            COPY --chmod=u=rw,go= a /etc/passwd.d/one
            COPY <<END /app/text
            hello
            END
            WORKDIR /app/after
            """;

    /// Runs nothing that changes anything, but has to see the files.
    private static final String LOOK = "RUN true\n";

    @BeforeEach
    void open() throws IOException {
        fixture.write("a", "1");
        fixture.write("sub/dir/b", "2");
    }

    @Test
    void an_image_of_copies_alone_unpacks_and_mounts_nothing() throws Exception {
        fixture.build(SYSTEM + COPIES);
        assertEquals(0, fixture.snapshots());
    }

    @Test
    void its_layers_are_those_that_a_snapshot_gives() throws Exception {
        BuildResult streamed = fixture.build(SYSTEM + COPIES);
        try (BuildFixture other = fixture.withStore(directory.resolve("other"))) {
            BuildResult mounted = other.build(SYSTEM + COPIES + LOOK);
            assertTrue(other.snapshots() > 0);
            assertEquals(mounted.manifest().value().layers(), streamed.manifest().value().layers());
        }
    }

    @Test
    void on_top_of_an_image_too() throws Exception {
        fixture.build(SYSTEM + "ENV A=1\n");
        BuildResult streamed = fixture.build("FROM test:latest\n" + COPIES);
        assertEquals(0, fixture.snapshots());
        try (BuildFixture other = fixture.withStore(directory.resolve("other"))) {
            other.build(SYSTEM + "ENV A=1\n");
            BuildResult mounted = other.build("FROM test:latest\n" + COPIES + LOOK);
            assertEquals(mounted.manifest().value().layers(), streamed.manifest().value().layers());
        }
    }

    @Test
    void a_stage_that_is_copied_from_is_on_disk() throws Exception {
        BuildResult result =
                fixture.build(
                        "FROM scratch AS one\nCOPY a /x/\nFROM scratch\nCOPY --from=one /x /y/\n");
        assertTrue(fixture.topLayer(result).containsKey("y/a"));
        assertEquals(1, fixture.snapshots());
    }

    @Test
    void a_copy_of_what_is_there_already_changes_nothing() throws Exception {
        BuildResult result = fixture.build("FROM scratch\nCOPY a /a\nCOPY a /a\n");
        assertEquals(1, result.manifest().value().layers().size());
    }

    @Test
    void a_first_build_reads_each_file_once() throws Exception {
        long size = 32 << 20;
        fixture.write("big", "text of some length\n".repeat((int) size / 20));
        fixture.build("FROM scratch\nCOPY a /a\n"); // all that is loaded once
        long before = bytesRead();
        fixture.build("FROM scratch\nCOPY big /big\n");
        long read = bytesRead() - before;
        assertTrue(read >= size * 9 / 10 && read < size * 3 / 2, read + " bytes were read");
        fixture.build("FROM scratch\nCOPY big /big\n");
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void a_file_that_was_changed_just_now_is_read_for_its_key_and_for_the_layer() throws Exception {
        fixture.write("big", "1");
        fixture.build("FROM scratch\nCOPY big /big\n");
        long size = 32 << 20;
        fixture.write("big", "text of some length\n".repeat((int) size / 20));
        long before = bytesRead();
        fixture.build("FROM scratch\nCOPY big /big\n");
        long read = bytesRead() - before;
        assertTrue(read < size * 5 / 2, read + " bytes were read");
    }

    @Test
    void another_build_finds_what_a_first_one_that_read_once_made() throws Exception {
        String dockerfile = "FROM scratch\nCOPY a sub /x/\n";
        Descriptor first = fixture.build(dockerfile).manifest().descriptor();
        fixture.write("a", "2");
        assertNotEquals(first, fixture.build(dockerfile).manifest().descriptor());
        Files.delete(fixture.context.resolve("a"));
        fixture.write("a", "1");
        assertEquals(first, fixture.build(dockerfile).manifest().descriptor());
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void the_newest_of_the_sources_may_be_of_any_century() throws Exception {
        Instant late = Instant.parse("2400-01-02T03:04:05Z");
        Path file = fixture.context.resolve("a");
        // Java itself sets none after 2262.
        Process touch =
                new ProcessBuilder("touch", "-d", late.toString(), file.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, touch.waitFor());
        assumeTrue(
                Files.getLastModifiedTime(file).toInstant().equals(late),
                "SKIPPED: this file system has no such times");
        BuildResult result = fixture.build("FROM scratch\nCOPY a /a\n");
        assertEquals(late, fixture.topEntry(result, "a").metadata().mtime());
        assertEquals(Optional.of(late), fixture.config(result).created());
    }

    @Test
    void sources_that_change_while_they_are_copied_first_are_refused() throws Exception {
        assertRefusedWhileChanging();
    }

    @Test
    void sources_that_change_while_they_are_copied_again_are_refused() throws Exception {
        fixture.write("many/late", "0");
        fixture.build("FROM scratch\nCOPY many /many\n");
        assertRefusedWhileChanging();
    }

    @Test
    void what_was_appended_while_it_was_copied_is_not_found_in_the_cache_later() throws Exception {
        fixture.write("many/late", "0");
        fixture.build("FROM scratch\nCOPY many/late /late\n");
        assertRefusedWhileChanging();
        fixture.build("FROM scratch\nCOPY many/late /late\n");
        assertEquals(List.of("COPY many/late /late"), fixture.executed());
    }

    @Test
    void what_changes_beside_the_sources_refuses_nothing() throws Exception {
        fixture.write(".dockerignore", "**/ignored*\n");
        fixture.write("many/early", "text of some length\n".repeat(1 << 20));
        Path many = fixture.context.resolve("many");
        Path link = directory.resolve("link");
        BuildResult result =
                buildWhile(
                        i -> {
                            Files.writeString(many.resolve("ignored" + i), "");
                            Files.deleteIfExists(link);
                            Files.createLink(link, many.resolve("early"));
                        });
        assertEquals(Set.of("many", "many/early"), fixture.topLayer(result).keySet());
    }

    private void assertRefusedWhileChanging() throws Exception {
        fixture.write("many/early", "text of some length\n".repeat(1 << 20));
        fixture.write("many/late", "1");
        Path late = fixture.context.resolve("many/late");
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () ->
                                buildWhile(
                                        i ->
                                                Files.writeString(
                                                        late, " " + i, StandardOpenOption.APPEND)));
        assertTrue(
                e.getMessage().contains("COPY: its sources changed while they were copied"),
                e.getMessage());
    }

    /// Changes something.
    private interface Change {
        void make(int i) throws IOException;
    }

    /// Copies `many` while something goes on.
    private BuildResult buildWhile(Change change) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread writer =
                Thread.startVirtualThread(
                        () -> {
                            for (int i = 0; !over.get(); i++) {
                                try {
                                    change.make(i);
                                    Thread.sleep(5);
                                } catch (IOException | InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            }
                        });
        try {
            return fixture.build("FROM scratch\nCOPY many /many\n");
        } finally {
            over.set(true);
            writer.join();
        }
    }

    /// By this process.
    private static long bytesRead() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("rchar: "))
                .mapToLong(line -> Long.parseLong(line.substring(7)))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void users_are_those_of_the_image() throws Exception {
        BuildResult result = fixture.build(SYSTEM + "COPY --chown=app:1 a /f\n");
        TarEntry file = fixture.topEntry(result, "f");
        assertEquals(1234, file.metadata().uid());
        assertEquals(1, file.metadata().gid());
    }

    @Test
    void an_unknown_user_is_refused_with_the_line() throws Exception {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build(SYSTEM + "COPY --chown=nobody a /f\n"));
        assertTrue(e.getMessage().contains("Dockerfile:3: COPY: --chown=nobody: "), e.getMessage());
    }
}
