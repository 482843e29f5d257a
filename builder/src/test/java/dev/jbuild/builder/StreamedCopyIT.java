package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.dockerfile.DockerfileException;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Copies that no later step has to see on disk go straight into their layers, and these are the
/// same as through a snapshot.
class StreamedCopyIT {
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

    private Path directory;
    private BuildFixture fixture;

    @BeforeAll
    static void needs_a_private_namespace() throws IOException {
        BuildFixture.assumePossible();
    }

    @BeforeEach
    void open(@TempDir Path temp) throws IOException {
        directory = temp;
        fixture = BuildFixture.create(temp);
        fixture.write("a", "1");
        fixture.write("sub/dir/b", "2");
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
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
