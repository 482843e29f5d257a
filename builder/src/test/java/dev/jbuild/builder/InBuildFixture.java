package dev.jbuild.builder;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Tests that have a [BuildFixture] each.
abstract class InBuildFixture {
    /// What the fixture is in.
    Path directory = Path.of("");

    BuildFixture fixture;

    @BeforeAll
    static void needs_a_private_namespace() throws IOException {
        BuildFixture.assumePossible();
    }

    @BeforeEach
    void create_fixture(@TempDir Path temp) throws IOException {
        directory = temp;
        fixture = BuildFixture.create(temp);
    }

    @AfterEach
    void close_fixture() throws IOException {
        fixture.close();
    }
}
