package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.builder.solve.StepFailedException;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.History;
import dev.jbuild.oci.ImageReference;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layout.ImageArchive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole builds with real overlay mounts and a real OCI runtime.
class ImageBuilderIT extends InBuildFixture {
    @Test
    void run_changes_become_a_layer() throws Exception {
        BuildResult result = fixture.build(SYSTEM + "RUN echo hello > /greeting");
        assertEquals(2, result.manifest().value().layers().size());
        assertEquals(Set.of("greeting"), fixture.topLayer(result).keySet());
    }

    @Test
    void output_of_a_command_is_told() throws Exception {
        fixture.build(SYSTEM + "RUN echo out; echo err >&2");
        assertEquals(List.of("out", "err"), fixture.output());
    }

    @Test
    void a_run_that_changes_nothing_makes_no_layer() throws Exception {
        BuildResult result = fixture.build(SYSTEM + "RUN true");
        assertEquals(1, result.manifest().value().layers().size());
        History last = fixture.config(result).history().getLast();
        assertTrue(last.emptyLayer());
        assertEquals(Optional.of("RUN /bin/sh -c true # buildkit"), last.createdBy());
    }

    @Test
    void a_removed_file_becomes_a_whiteout() throws Exception {
        fixture.write("rootfs/data/a", "a");
        fixture.write("rootfs/data/b", "b");
        BuildResult result = fixture.build(SYSTEM + "RUN rm /data/a");
        assertEquals(Set.of("data", "data/.wh.a"), fixture.topLayer(result).keySet());
    }

    @Test
    void an_unchanged_build_executes_nothing_and_gives_the_same_image() throws Exception {
        String dockerfile = SYSTEM + "WORKDIR /w\nRUN echo x > x\nCMD [\"cat\", \"x\"]";
        BuildResult first = fixture.build(dockerfile);
        BuildResult second = fixture.build(dockerfile);
        assertEquals(List.of(), fixture.executed());
        assertEquals(first.manifest().descriptor(), second.manifest().descriptor());
    }

    @Test
    void a_touched_file_does_not_run_its_copy_again() throws Exception {
        fixture.write("data", "1");
        String dockerfile = SYSTEM + "COPY data /data\nRUN cat /data";
        fixture.build(dockerfile);
        Files.setLastModifiedTime(fixture.context.resolve("data"), FileTime.from(Instant.EPOCH));
        fixture.build(dockerfile);
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void a_changed_file_runs_its_copy_and_what_follows_again() throws Exception {
        fixture.write("data", "1");
        String dockerfile = SYSTEM + "RUN echo before\nCOPY data /data\nRUN cat /data";
        fixture.build(dockerfile);
        fixture.write("data", "2");
        fixture.build(dockerfile);
        assertEquals(List.of("COPY data /data", "RUN cat /data"), fixture.executed());
        assertEquals(List.of("2"), fixture.output());
    }

    @Test
    void a_step_that_came_to_the_same_result_does_not_run_the_next_one_again() throws Exception {
        fixture.build(SYSTEM + "RUN echo same > /f; echo one\nRUN cat /f");
        fixture.build(SYSTEM + "RUN echo same > /f; echo two\nRUN cat /f");
        assertEquals(List.of("RUN echo same > /f; echo two"), fixture.executed());
    }

    @Test
    void a_copy_of_the_same_files_from_a_changed_stage_ends_the_work_there() throws Exception {
        String end = "FROM system\nCOPY --from=build /taken /taken\nRUN cat /taken";
        fixture.build(
                SYSTEM + "FROM system AS build\nRUN echo t > /taken; echo 1 > /other\n" + end);
        fixture.build(
                SYSTEM + "FROM system AS build\nRUN echo t > /taken; echo 2 > /other\n" + end);
        assertEquals(
                List.of("RUN echo t > /taken; echo 2 > /other", "COPY --from=build /taken /taken"),
                fixture.executed());
    }

    @Test
    void a_heredoc_whose_name_is_a_path_is_refused() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build(SYSTEM + "RUN <</tmp/x\n#!/bin/sh\ntrue\n/tmp/x\n"));
        assertTrue(e.getMessage().contains("Dockerfile:3: "), e.getMessage());
    }

    @Test
    void an_ignored_file_is_not_reached_through_a_link() throws Exception {
        fixture.write(".dockerignore", "real/secret\n");
        fixture.write("real/secret", "s");
        Files.createSymbolicLink(fixture.context.resolve("link"), Path.of("real"));
        Files.createSymbolicLink(fixture.context.resolve("file"), Path.of("real/secret"));
        assertThrows(DockerfileException.class, () -> fixture.build("FROM scratch\nCOPY file /x"));
        assertThrows(
                DockerfileException.class,
                () -> fixture.build("FROM scratch\nCOPY link/secret /x"));
    }

    @Test
    void a_changed_attribute_of_a_file_runs_its_copy_again() throws Exception {
        fixture.write("data", "1");
        fixture.build("FROM scratch\nCOPY data /data");
        Files.setAttribute(
                fixture.context.resolve("data"), "user:note", ByteBuffer.wrap(new byte[] {1}));
        fixture.build("FROM scratch\nCOPY data /data");
        assertEquals(List.of("COPY data /data"), fixture.executed());
    }

    @Test
    void source_date_epoch_is_part_of_the_key() throws Exception {
        fixture.write("data", "1");
        fixture.build("FROM scratch\nCOPY data /data");
        BuildResult bounded =
                fixture.build(
                        "FROM scratch\nCOPY data /data",
                        new SolveOptions(true, Optional.of(Instant.EPOCH)));
        assertEquals(Instant.EPOCH, entry(bounded, "data").metadata().mtime());
    }

    @Test
    void the_same_inputs_give_the_same_image_in_another_store(@TempDir Path other)
            throws Exception {
        String dockerfile = SYSTEM + "WORKDIR /w\nRUN echo x > x; mkdir d; ln -s x l\nRUN touch y";
        BuildResult first = fixture.build(dockerfile);
        try (BuildFixture second = fixture.withStore(other)) {
            assertEquals(
                    first.manifest().descriptor(),
                    second.build(dockerfile).manifest().descriptor());
        }
    }

    @Test
    void what_a_step_writes_gets_the_time_of_the_newest_input() throws Exception {
        fixture.write("data", "1");
        BuildResult result = fixture.build(SYSTEM + "COPY data /data\nRUN echo x > /x");
        TarEntry written = entry(result, "x");
        Instant newest =
                Files.getLastModifiedTime(fixture.context.resolve("rootfs/bin/busybox"))
                        .toInstant();
        Instant expected =
                newest.isAfter(BuildFixture.INPUT_TIME) ? newest : BuildFixture.INPUT_TIME;
        assertFalse(written.metadata().mtime().isBefore(expected));
        assertEquals(fixture.config(result).created(), Optional.of(written.metadata().mtime()));
    }

    @Test
    void source_date_epoch_bounds_all_times() throws Exception {
        Instant epoch = Instant.ofEpochSecond(1_000_000_000);
        fixture.write("data", "1");
        BuildResult result =
                fixture.build(
                        SYSTEM + "COPY data /data", new SolveOptions(true, Optional.of(epoch)));
        assertEquals(epoch, entry(result, "data").metadata().mtime());
        assertEquals(Optional.of(epoch), fixture.config(result).created());
    }

    @Test
    void the_same_step_in_two_stages_is_executed_once() throws Exception {
        String random = "RUN sleep 1; head -c 8 /dev/urandom > /r\n";
        fixture.build(
                SYSTEM
                        + "FROM system AS a\n"
                        + random
                        + "FROM system AS b\n"
                        + random
                        + "FROM system\nCOPY --from=a /r /a\nCOPY --from=b /r /b\nRUN cmp /a /b");
        assertEquals(
                1, fixture.executed().stream().filter(text -> text.contains("urandom")).count());
    }

    @Test
    void no_cache_executes_every_step() throws Exception {
        fixture.build(SYSTEM + "RUN echo x");
        fixture.build(SYSTEM + "RUN echo x", new SolveOptions(false, Optional.empty()));
        assertEquals(List.of("COPY rootfs /", "RUN echo x"), fixture.executed());
    }

    @Test
    void a_failed_command_names_its_line_and_leaves_no_image() throws Exception {
        StepFailedException e =
                assertThrows(
                        StepFailedException.class,
                        () -> fixture.build(SYSTEM + "\nRUN echo why; exit 7"));
        assertEquals(7, e.exitCode());
        assertTrue(String.valueOf(e.getMessage()).contains("Dockerfile:4: "), e.getMessage());
        assertEquals(List.of("why"), fixture.output());
        assertEquals(Optional.empty(), fixture.store.images().find(BuildFixture.NAME));
    }

    @Test
    void a_base_of_too_many_layers_is_refused_before_it_is_unpacked() throws Exception {
        StringBuilder layers = new StringBuilder("FROM scratch\n");
        for (int i = 0; i < 250; i++) {
            layers.append("COPY rootfs/bin/sh /").append(i).append('\n');
        }
        BuildResult base = fixture.build(layers.toString());
        fixture.store.images().put(ImageReference.parse("many:1"), base.manifest().descriptor());
        IOException refused =
                assertThrows(IOException.class, () -> fixture.build("FROM many:1\nRUN [\"/0\"]"));
        assertTrue(
                String.valueOf(refused.getMessage())
                        .contains("an image of 250 layers can't be mounted"),
                refused::toString);
        assertEquals(0, fixture.snapshots());
    }

    @Test
    void a_damaged_layer_is_named_and_removed(@TempDir Path other) throws Exception {
        BuildResult base = fixture.build(SYSTEM);
        Digest layer = base.manifest().value().layers().getFirst().digest();
        Path archive = other.resolve("base.tar");
        new ImageArchive(fixture.store)
                .save(List.of(BuildFixture.NAME), ImageArchive.Format.OCI, archive);
        try (BuildFixture second = fixture.withStore(other.resolve("store"))) {
            new ImageArchive(second.store).load(archive);
            second.store.images().put(ImageReference.parse("base:1"), base.manifest().descriptor());
            Path blob = second.store.blobs().path(layer);
            byte[] bytes = Files.readAllBytes(blob);
            bytes[bytes.length / 2] ^= 1;
            Files.setPosixFilePermissions(blob, PosixFilePermissions.fromString("rw-------"));
            Files.write(blob, bytes);
            IOException e =
                    assertThrows(IOException.class, () -> second.build("FROM base:1\nRUN true"));
            assertTrue(
                    String.valueOf(e.getMessage())
                            .startsWith("layer " + layer + " in the store was damaged"),
                    e.getMessage());
            assertFalse(Files.exists(blob));
        }
    }

    @Test
    void the_build_after_a_failed_one_uses_what_was_done() throws Exception {
        assertThrows(
                StepFailedException.class,
                () -> fixture.build(SYSTEM + "RUN echo done > /done\nRUN false"));
        fixture.build(SYSTEM + "RUN echo done > /done\nRUN true");
        assertEquals(List.of("RUN true"), fixture.executed());
    }

    @Test
    void copy_puts_a_file_at_its_destination_as_root() throws Exception {
        fixture.write("data", "1");
        BuildResult result = fixture.build("FROM scratch\nCOPY data /dir/name");
        TarEntry entry = entry(result, "dir/name");
        assertInstanceOf(TarEntry.RegularFile.class, entry);
        assertEquals(0, entry.metadata().uid());
        assertEquals(BuildFixture.INPUT_TIME, entry.metadata().mtime());
    }

    @Test
    void copy_of_a_directory_copies_what_is_in_it() throws Exception {
        fixture.write("dir/a", "1");
        fixture.write("dir/sub/b", "2");
        BuildResult result = fixture.build("FROM scratch\nCOPY dir /to");
        assertEquals(Set.of("to", "to/a", "to/sub", "to/sub/b"), fixture.topLayer(result).keySet());
    }

    @Test
    void copy_of_a_pattern_takes_all_that_match() throws Exception {
        fixture.write("tmpl/a.html", "1");
        fixture.write("tmpl/b.html", "2");
        fixture.write("tmpl/c.txt", "3");
        BuildResult result = fixture.build("FROM scratch\nCOPY tmpl/*.html /t/");
        assertEquals(Set.of("t", "t/a.html", "t/b.html"), fixture.topLayer(result).keySet());
    }

    @Test
    void copy_with_chown_and_chmod() throws Exception {
        fixture.write("data", "1");
        BuildResult result = fixture.build(SYSTEM + "COPY --chown=app --chmod=640 data /data");
        TarEntry entry = entry(result, "data");
        assertEquals(1234, entry.metadata().uid());
        assertEquals(1235, entry.metadata().gid());
        assertEquals(0640, entry.metadata().mode());
    }

    @Test
    void copy_keeps_modes_of_the_context() throws Exception {
        fixture.write("tool", "#!/bin/sh\n");
        Files.setPosixFilePermissions(
                fixture.context.resolve("tool"), PosixFilePermissions.fromString("rwxr-x---"));
        assertEquals(
                0750,
                entry(fixture.build("FROM scratch\nCOPY tool /tool"), "tool").metadata().mode());
    }

    @Test
    void copy_of_a_heredoc_writes_its_text() throws Exception {
        fixture.build(SYSTEM + "COPY <<EOF /hello\nhi there\nEOF\nRUN cat /hello");
        assertEquals(List.of("hi there"), fixture.output());
    }

    @Test
    void add_unpacks_a_compressed_tar() throws Exception {
        fixture.write("tree/a", "1");
        fixture.write("tree/sub/b", "2");
        shell(
                "tar",
                "-C",
                fixture.context + "/tree",
                "-czf",
                fixture.context + "/t.bin",
                "a",
                "sub");
        BuildResult result = fixture.build("FROM scratch\nADD t.bin /to/");
        assertEquals(Set.of("to", "to/a", "to/sub", "to/sub/b"), fixture.topLayer(result).keySet());
    }

    @Test
    void add_copies_what_only_looks_like_an_archive() throws Exception {
        Files.write(
                fixture.context.resolve("x.tar.gz"), new byte[] {0x1f, (byte) 0x8b, 8, 0, 1, 2});
        BuildResult result = fixture.build("FROM scratch\nADD x.tar.gz /to/");
        assertEquals(Set.of("to", "to/x.tar.gz"), fixture.topLayer(result).keySet());
    }

    @Test
    void copy_does_not_unpack() throws Exception {
        fixture.write("tree/a", "1");
        shell("tar", "-C", fixture.context + "/tree", "-cf", fixture.context + "/t.tar", "a");
        BuildResult result = fixture.build("FROM scratch\nCOPY t.tar /to/");
        assertEquals(Set.of("to", "to/t.tar"), fixture.topLayer(result).keySet());
    }

    @Test
    void a_copy_into_a_file_is_refused_with_its_line() throws Exception {
        fixture.write("data", "1");
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build(SYSTEM + "COPY data /etc/passwd/x"));
        assertTrue(e.getMessage().contains("Dockerfile:3: "), e.getMessage());
    }

    @Test
    void a_missing_source_is_refused_with_its_line() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build("FROM scratch\nCOPY nope /x"));
        assertTrue(e.getMessage().contains("Dockerfile:2: "), e.getMessage());
        assertTrue(e.getMessage().contains("'nope' is not in the build context"), e.getMessage());
    }

    @Test
    void an_ignored_source_is_refused_with_the_ignore_file() throws Exception {
        fixture.write(".dockerignore", "secret\n");
        fixture.write("secret", "s");
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build("FROM scratch\nCOPY secret /x"));
        assertTrue(e.getMessage().contains(".dockerignore"), e.getMessage());
    }

    @Test
    void ignored_files_are_not_copied() throws Exception {
        fixture.write(".dockerignore", "**/*.log\n");
        fixture.write("dir/a", "1");
        fixture.write("dir/b.log", "2");
        assertEquals(
                Set.of("to", "to/a"),
                fixture.topLayer(fixture.build("FROM scratch\nCOPY dir /to")).keySet());
    }

    @Test
    void a_link_in_the_context_leads_nowhere_outside_of_it() throws Exception {
        Files.createSymbolicLink(fixture.context.resolve("leak"), Path.of("/etc/passwd"));
        assertThrows(DockerfileException.class, () -> fixture.build("FROM scratch\nCOPY leak /x"));
    }

    @Test
    void workdir_belongs_to_the_user() throws Exception {
        BuildResult result = fixture.build(SYSTEM + "USER app\nWORKDIR /home/work");
        assertEquals(1234, entry(result, "home/work").metadata().uid());
    }

    @Test
    void run_uses_user_directory_and_environment() throws Exception {
        fixture.build(SYSTEM + "WORKDIR /w\nENV A=1\nARG B=2\nUSER app\nRUN id -u; pwd; echo $A$B");
        assertEquals(List.of("1234", "/w", "12"), fixture.output());
    }

    @Test
    void run_of_a_heredoc_script() throws Exception {
        fixture.build(SYSTEM + "RUN <<EOF\n#!/bin/sh\necho from a script\nEOF");
        assertEquals(List.of("from a script"), fixture.output());
    }

    @Test
    void run_without_network_has_a_loopback_alone() throws Exception {
        fixture.build(SYSTEM + "RUN --network=none ls /sys/class/net");
        assertEquals(List.of("lo"), fixture.output());
    }

    @Test
    void an_unknown_user_is_refused_with_the_line() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build(SYSTEM + "USER nobody-here\nRUN true"));
        assertTrue(e.getMessage().contains("Dockerfile:4: "), e.getMessage());
        assertTrue(e.getMessage().contains("nobody-here"), e.getMessage());
    }

    private static void shell(String... command) throws Exception {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    private TarEntry entry(BuildResult result, String path) throws IOException {
        Map<String, TarEntry> entries = fixture.topLayer(result);
        TarEntry entry = entries.get(path);
        if (entry == null) {
            throw new AssertionError("no '" + path + "' in " + entries.keySet());
        }
        return entry;
    }
}
