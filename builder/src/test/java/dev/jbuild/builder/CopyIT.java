package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.builder.event.BuildEvent;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.store.layer.TarEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The flags of COPY and ADD (https://docs.docker.com/reference/dockerfile/#copy), with real
/// mounts.
class CopyIT extends InBuildFixture {
    @Test
    void parents_keeps_the_directories_of_a_file() throws Exception {
        fixture.write("a/b/file", "1");
        fixture.write("a/b/other", "2");
        assertEquals(
                Set.of("to", "to/a", "to/a/b", "to/a/b/file"),
                paths("COPY --parents a/b/file /to/"));
    }

    @Test
    void paths_longer_than_the_kernel_takes_are_copied_and_compared() throws Exception {
        String name = "n".repeat(250);
        String script =
                "set -e; mkdir deep; cd -P deep; for i in $(seq 20); do mkdir $1; cd -P $1; done;"
                        + " echo $2 >file; ln -s to link; cd -P /";
        try {
            shell(script, name, "one");
            String deep = "deep/" + (name + "/").repeat(20);
            assertTrue(deep.length() > 4096);
            assertEquals(
                    Set.of(deep + "file", deep + "link"),
                    paths("COPY deep /deep").stream()
                            .filter(path -> path.startsWith(deep))
                            .collect(Collectors.toSet()));
            fixture.build("FROM scratch\nCOPY deep /deep\n");
            assertEquals(List.of(), fixture.executed());
            shell("rm -r deep; " + script, name, "two");
            fixture.build("FROM scratch\nCOPY deep /deep\n");
            assertEquals(List.of("COPY deep /deep"), fixture.executed());
            BuildResult mounted = fixture.build(SYSTEM + "COPY deep /deep\nRUN true\n");
            assertTrue(fixture.topLayer(mounted).containsKey(deep + "file"));
        } finally {
            BuildFixture.awaitBackgroundWork();
            shell("rm -rf deep ../store/snapshots"); // JUnit can't
        }
    }

    private void shell(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("sh", "-c", script, "sh"));
        command.addAll(List.of(arguments));
        Process shell =
                new ProcessBuilder(command).directory(fixture.context.toFile()).inheritIO().start();
        assertEquals(0, shell.waitFor());
    }

    @Test
    void parents_with_a_wildcard_takes_all_that_match() throws Exception {
        fixture.write("packages/a/package.json", "1");
        fixture.write("packages/b/package.json", "2");
        fixture.write("packages/b/index.js", "3");
        fixture.write("apps/package.json", "4");
        assertEquals(
                Set.of(
                        "to",
                        "to/packages",
                        "to/packages/a",
                        "to/packages/a/package.json",
                        "to/packages/b",
                        "to/packages/b/package.json"),
                paths("COPY --parents packages/*/package.json /to/"));
    }

    @Test
    void two_stars_match_any_number_of_directories() throws Exception {
        fixture.write("src/a.txt", "1");
        fixture.write("src/x/y/b.txt", "2");
        fixture.write("src/x/c.bin", "3");
        fixture.write("src/empty/c.bin", "4");
        assertEquals(
                Set.of(
                        "to",
                        "to/src",
                        "to/src/a.txt",
                        "to/src/x",
                        "to/src/x/y",
                        "to/src/x/y/b.txt"),
                paths("COPY --parents src/**/*.txt /to/"));
    }

    @Test
    void parents_of_a_directory_takes_all_in_it() throws Exception {
        fixture.write("a/b/c/file", "1");
        fixture.write("a/other", "2");
        assertEquals(
                Set.of("to", "to/a", "to/a/b", "to/a/b/c", "to/a/b/c/file"),
                paths("COPY --parents ./a/b /to/"));
    }

    @Test
    void what_stands_before_the_pivot_is_dropped() throws Exception {
        fixture.write("x/y/z/file", "1");
        assertEquals(
                Set.of("to", "to/z", "to/z/file"), paths("COPY --parents ./x/y/./z/file /to/"));
    }

    @Test
    void the_pivot_may_follow_a_wildcard() throws Exception {
        fixture.write("a/one/c/d/e/bay", "1");
        fixture.write("a/two/c/d/e/bar", "2");
        assertEquals(
                Set.of("to", "to/c", "to/c/d", "to/c/d/e", "to/c/d/e/bay", "to/c/d/e/bar"),
                paths("COPY --parents a/*/./c/**/e /to/"));
    }

    @Test
    void only_the_first_pivot_counts() throws Exception {
        fixture.write("test/a/b/c/file", "1");
        assertEquals(
                Set.of("to", "to/b", "to/b/c", "to/b/c/file"),
                paths("COPY --parents /test/a/./b/./c /to/"));
    }

    @Test
    void parents_works_between_stages() throws Exception {
        fixture.write("files/opt/app/bin/tool", "1");
        fixture.write("files/opt/app/doc", "2");
        BuildResult result =
                fixture.build(
                        "FROM scratch AS one\nCOPY files /\n"
                                + "FROM scratch\nCOPY --from=one --parents /opt/./app/bin /usr/");
        assertEquals(
                Set.of("usr", "usr/app", "usr/app/bin", "usr/app/bin/tool"),
                fixture.topLayer(result).keySet());
    }

    @Test
    void parents_leaves_out_what_exclude_names() throws Exception {
        fixture.write("a/b/file", "1");
        fixture.write("a/b/file.log", "2");
        assertEquals(
                Set.of("to", "to/a", "to/a/b", "to/a/b/file"),
                paths("COPY --parents --exclude=a/b/*.log a/b /to/"));
    }

    @Test
    void a_source_that_cannot_be_looked_at_is_refused_with_its_line() {
        assertRefused("COPY " + "n".repeat(300) + " /", "Dockerfile:2: ", "File name too long");
    }

    @Test
    void a_missing_path_of_parents_is_refused_with_its_line() {
        assertRefused("COPY --parents a/none /to/", "Dockerfile:2: ", "'a/none' is not in");
    }

    @Test
    void a_link_on_the_way_of_parents_is_refused() throws Exception {
        fixture.write("real/file", "1");
        Files.createSymbolicLink(fixture.context.resolve("link"), Path.of("real"));
        assertRefused("COPY --parents link/file /to/", "Dockerfile:2: ", "symbolic link", "real");
    }

    @Test
    void parents_gives_directories_the_mode_of_the_source() throws Exception {
        fixture.write("a/file", "1");
        Files.setPosixFilePermissions(
                fixture.context.resolve("a"), PosixFilePermissions.fromString("rwxr-x---"));
        BuildResult result = fixture.build("FROM scratch\nCOPY --parents a/file /to/");
        assertEquals(0750, fixture.topEntry(result, "to/a").metadata().mode());
    }

    @Test
    void a_new_file_that_parents_does_not_choose_changes_nothing() throws Exception {
        fixture.write("packages/a/package.json", "1");
        String dockerfile = "FROM scratch\nCOPY --parents **/package.json /to/";
        fixture.build(dockerfile);
        fixture.write("packages/a/index.js", "new");
        fixture.write("packages/empty/index.js", "new");
        fixture.build(dockerfile);
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void exclude_leaves_out_a_file_that_is_a_source() throws Exception {
        fixture.write("f", "1");
        fixture.write("g", "2");
        assertEquals(Set.of("to", "to/g"), paths("COPY --exclude=f f g /to/"));
    }

    @Test
    void exclude_leaves_out_files_that_a_wildcard_matches() throws Exception {
        fixture.write("home.txt", "1");
        fixture.write("home.md", "2");
        assertEquals(Set.of("to", "to/home.md"), paths("COPY --exclude=*.txt hom* /to/"));
    }

    @Test
    void exclude_is_relative_to_a_directory_that_is_a_source() throws Exception {
        fixture.write("dir/a.log", "1");
        fixture.write("dir/sub/a.log", "2");
        assertEquals(
                Set.of("to", "to/sub", "to/sub/a.log"), paths("COPY --exclude=*.log dir /to/"));
    }

    @Test
    void exclude_lets_files_in_again_after_an_exclamation_mark() throws Exception {
        fixture.write("dir/a.log", "1");
        fixture.write("dir/keep.log", "2");
        assertEquals(
                Set.of("to", "to/keep.log"),
                paths("COPY --exclude=*.log --exclude=!keep.log dir /to/"));
    }

    @Test
    void a_copy_that_excludes_all_says_so_and_copies_nothing() throws Exception {
        fixture.write("f", "1");
        BuildResult result = fixture.build("FROM scratch\nCOPY --exclude=f f /g");
        assertEquals(0, result.manifest().value().layers().size());
        assertTrue(
                fixture.events.stream()
                        .anyMatch(
                                event ->
                                        event instanceof BuildEvent.Warning warning
                                                && warning.message()
                                                        .startsWith("nothing is copied")),
                fixture.events.toString());
    }

    @Test
    void a_change_of_an_excluded_file_runs_nothing() throws Exception {
        fixture.write("dir/a", "1");
        fixture.build("FROM scratch\nCOPY --exclude=*.log dir /to/");
        fixture.write("dir/b.log", "2");
        fixture.build("FROM scratch\nCOPY --exclude=*.log dir /to/");
        assertEquals(List.of(), fixture.executed());
    }

    @Test
    void a_pattern_that_nothing_matches_stands_for_nothing() throws Exception {
        fixture.write("package.json", "1");
        assertEquals(Set.of("to", "to/package.json"), paths("COPY package.json yarn.lock* /to/"));
    }

    @Test
    void symbolic_chmod_makes_directories_but_not_files_executable() throws Exception {
        fixture.write("dir/plain", "1");
        fixture.write("dir/tool", "2");
        Files.setPosixFilePermissions(
                fixture.context.resolve("dir/tool"), PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(
                fixture.context.resolve("dir/plain"), PosixFilePermissions.fromString("rw-------"));
        BuildResult result = fixture.build("FROM scratch\nCOPY --chmod=u=rwX,go=rX dir /to/sub/");
        assertEquals(0644, fixture.topEntry(result, "to/sub/plain").metadata().mode());
        assertEquals(0755, fixture.topEntry(result, "to/sub/tool").metadata().mode());
    }

    @Test
    void a_directory_made_for_what_is_copied_is_open_to_all() throws Exception {
        fixture.write("dir/f", "1");
        Files.setPosixFilePermissions(
                fixture.context.resolve("dir"), PosixFilePermissions.fromString("rwx------"));
        BuildResult result = fixture.build(SYSTEM + "COPY --chown=app --chmod=600 dir /to/dir");
        TarEntry made = fixture.topEntry(result, "to/dir");
        assertEquals(0755, made.metadata().mode());
        assertEquals(1234, made.metadata().uid());
        assertEquals(0600, fixture.topEntry(result, "to/dir/f").metadata().mode());
    }

    @Test
    void add_with_unpack_off_copies_an_archive() throws Exception {
        archive("t.tar");
        assertEquals(Set.of("to", "to/t.tar"), paths("ADD --unpack=false t.tar /to/"));
    }

    @Test
    void add_with_unpack_on_unpacks_an_archive() throws Exception {
        archive("t.tar");
        assertEquals(Set.of("to", "to/inside"), paths("ADD --unpack=true t.tar /to/"));
    }

    @Test
    void unpacking_leaves_no_snapshot_behind() throws Exception {
        archive("t.tar");
        fixture.build("FROM scratch AS one\nADD t.tar /to/\nFROM scratch\nCOPY --from=one / /");
        assertEquals(1, fixture.snapshots());
    }

    @Test
    void link_gives_the_result_of_a_plain_copy() throws Exception {
        fixture.write("f", "1");
        assertEquals(
                fixture.topLayer(fixture.build("FROM scratch\nCOPY f /d/g")),
                fixture.topLayer(fixture.build("FROM scratch\nCOPY --link f /d/g")));
    }

    @Test
    void heredocs_get_owner_and_mode() throws Exception {
        BuildResult result =
                fixture.build(
                        SYSTEM + "COPY --chown=app --chmod=750 <<one <<two /to/\n1\none\n2\ntwo\n");
        TarEntry one = fixture.topEntry(result, "to/one");
        assertEquals(1234, one.metadata().uid());
        assertEquals(0750, one.metadata().mode());
        assertTrue(fixture.topLayer(result).containsKey("to/two"));
    }

    @Test
    void hard_links_of_the_context_are_part_of_the_key() throws Exception {
        fixture.write("dir/a", "same");
        fixture.write("dir/b", "same");
        fixture.build("FROM scratch\nCOPY dir /to/");
        Files.delete(fixture.context.resolve("dir/b"));
        Files.createLink(fixture.context.resolve("dir/b"), fixture.context.resolve("dir/a"));
        BuildResult linked = fixture.build("FROM scratch\nCOPY dir /to/");
        assertEquals(List.of("COPY dir /to/"), fixture.executed());
        assertInstanceOf(TarEntry.HardLink.class, fixture.topEntry(linked, "to/b"));
    }

    @Test
    void file_capabilities_of_the_context_are_part_of_the_key() throws Exception {
        fixture.write("tool", "x");
        fixture.build("FROM scratch\nCOPY tool /tool");
        int code =
                new ProcessBuilder("setcap", "cap_net_raw+ep", fixture.context + "/tool")
                        .start()
                        .waitFor();
        assumeTrue(code == 0, "SKIPPED: needs setcap");
        BuildResult result = fixture.build("FROM scratch\nCOPY tool /tool");
        assertEquals(List.of("COPY tool /tool"), fixture.executed());
        assertEquals(
                Set.of("security.capability"),
                fixture.topEntry(result, "tool").metadata().xattrs().keySet());
    }

    @Test
    void the_dockerfiles_own_ignore_file_replaces_that_of_the_context() throws Exception {
        fixture.write(".dockerignore", "dir/a\n");
        fixture.write("Dockerfile.dockerignore", "dir/b\n");
        fixture.write("dir/a", "1");
        fixture.write("dir/b", "2");
        assertEquals(Set.of("to", "to/a"), paths("COPY dir/* /to/"));
    }

    @Test
    void an_ignored_source_is_refused_with_the_line_that_ignores_it() throws Exception {
        fixture.write(".dockerignore", "# nothing\n*.md\n!README.md\nsecret*\n");
        fixture.write("secret.key", "s");
        fixture.write("x.md", "s");
        assertRefused("COPY secret.key /x", "excluded by", ".dockerignore line 4");
        assertRefused("COPY x.md /x", ".dockerignore line 2");
    }

    @Test
    void triggers_of_a_base_run_with_their_heredocs() throws Exception {
        fixture.write("f", "1");
        String base =
                SYSTEM
                        + "ONBUILD COPY f /f\n"
                        + "ONBUILD COPY <<EOF /g\nfrom a trigger\nEOF\n"
                        + "ONBUILD RUN <<EOF\ncat /f /g\nEOF\n";
        fixture.build(base + "FROM system\nRUN echo own");
        assertEquals(List.of("1from a trigger", "own"), fixture.output());
    }

    @Test
    void a_trigger_of_a_stage_that_fails_names_its_line_and_the_trigger() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () ->
                                fixture.build(
                                        SYSTEM + "ONBUILD COPY none /f\n\nFROM system\nRUN true"));
        assertTrue(e.getMessage().contains("Dockerfile:3: ONBUILD COPY none /f: "), e.getMessage());
    }

    @Test
    void a_stop_signal_that_is_none_is_refused_with_its_line() {
        assertRefused("STOPSIGNAL FOO", "Dockerfile:2: ", "invalid signal: FOO");
    }

    private Set<String> paths(String instruction) throws Exception {
        return fixture.topLayer(fixture.build("FROM scratch\n" + instruction)).keySet();
    }

    private void assertRefused(String instruction, String... parts) {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> fixture.build("FROM scratch\n" + instruction));
        for (String part : parts) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
        }
    }

    private void archive(String name) throws Exception {
        fixture.write("tree/inside", "1");
        Process tar =
                new ProcessBuilder(
                                "tar",
                                "-C",
                                fixture.context + "/tree",
                                "-cf",
                                fixture.context + "/" + name,
                                "inside")
                        .inheritIO()
                        .start();
        assertEquals(0, tar.waitFor());
    }
}
