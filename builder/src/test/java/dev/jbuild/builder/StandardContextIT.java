package dev.jbuild.builder;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.builder.plan.PlanRequest;
import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.dockerfile.Source;
import dev.jbuild.oci.Platform;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Contexts that are archives, and Dockerfiles that are no file.
class StandardContextIT extends InBuildFixture {
    @Test
    void an_archive_is_a_context() throws Exception {
        for (String compression : List.of("", "z")) {
            fixture.write("Dockerfile", "FROM scratch\nCOPY f /to/\n");
            fixture.write("f", "1");
            Path context = ContextArchive.unpack(tar("-c" + compression), fixture.store.temp());
            BuildResult result = build(context, DockerfilePlace.standard());
            assertEquals(Set.of("to", "to/f"), fixture.topLayer(result).keySet());
        }
    }

    @Test
    void a_context_that_is_an_archive_leaves_no_index() throws Exception {
        fixture.write("Dockerfile", "FROM scratch\nCOPY f /to/\n");
        fixture.write("f", "1");
        build(ContextArchive.unpack(tar("-c"), fixture.store.temp()), DockerfilePlace.standard());
        assertFalse(Files.exists(fixture.store.cacheDirectory().resolve("files")));
    }

    @Test
    void a_dockerfile_in_an_archive_may_have_another_name() throws Exception {
        fixture.write("sub/My", "FROM scratch\nCOPY f /to/\n");
        fixture.write("sub/My.dockerignore", "g\n");
        fixture.write("f", "1");
        Path context = ContextArchive.unpack(tar("-c"), fixture.store.temp());
        BuildResult result = build(context, new DockerfilePlace.InContext(Path.of("sub/My")));
        assertEquals(Set.of("to", "to/f"), fixture.topLayer(result).keySet());
    }

    @Test
    void a_dockerfile_that_is_no_file_has_the_contexts_ignore_file() throws Exception {
        fixture.write(".dockerignore", "d/secret\n");
        fixture.write("d/f", "1");
        fixture.write("d/secret", "2");
        BuildResult result = build(fixture.context, given("FROM scratch\nCOPY d /to/\n"));
        assertEquals(Set.of("to", "to/f"), fixture.topLayer(result).keySet());
    }

    @Test
    void an_error_in_it_names_where_it_came_from() {
        DockerfileException e =
                assertThrows(
                        DockerfileException.class,
                        () -> build(fixture.context, given("FROM scratch\nCOPY none /to/\n")));
        assertTrue(e.getMessage().startsWith("stdin:2: "), e.getMessage());
    }

    @Test
    void a_dockerfile_is_no_archive() throws Exception {
        for (String text : List.of("", "FROM scratch\n", "# " + "x".repeat(1000))) {
            assertFalse(ContextArchive.isArchive(stream(text.getBytes(UTF_8))), text);
        }
        assertTrue(ContextArchive.isArchive(tar("-c")));
        assertTrue(ContextArchive.isArchive(tar("-cz")));
    }

    @Test
    void an_archive_that_is_cut_off_is_refused() throws Exception {
        fixture.write("f", "1");
        byte[] whole = tar("-c").readAllBytes();
        assertThrows(
                IOException.class,
                () ->
                        ContextArchive.unpack(
                                stream(java.util.Arrays.copyOf(whole, 700)), fixture.store.temp()));
    }

    private BufferedInputStream tar(String mode) throws Exception {
        Process tar =
                new ProcessBuilder("tar", mode, "-C", fixture.context.toString(), ".").start();
        byte[] bytes = tar.getInputStream().readAllBytes();
        assertEquals(0, tar.waitFor());
        return stream(bytes);
    }

    private static BufferedInputStream stream(byte[] bytes) {
        return new BufferedInputStream(new ByteArrayInputStream(bytes), ContextArchive.BEGINNING);
    }

    private static DockerfilePlace given(String text) {
        return new DockerfilePlace.Given(Source.of("stdin", text));
    }

    private BuildResult build(Path context, DockerfilePlace dockerfile) throws Exception {
        return fixture.builder()
                .build(
                        new BuildRequest(
                                context,
                                dockerfile,
                                List.of(BuildFixture.NAME),
                                new PlanRequest(
                                        Optional.empty(), Map.of(), Map.of(), Platform.host()),
                                new SolveOptions(true, Optional.empty())),
                        fixture.events::add);
    }
}
