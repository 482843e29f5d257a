package dev.jbuild.builder;

import static dev.jbuild.builder.BuildFixture.SYSTEM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.jbuild.builder.solve.SolveOptions;
import dev.jbuild.oci.Descriptor;
import dev.jbuild.overlay.SnapshotInventory;
import dev.jbuild.overlay.StoredSnapshot;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// With `SOURCE_DATE_EPOCH` earlier than the files' mtimes, a layer doesn't depend on which of the
/// steps before it came from the cache: these were unpacked with lowered mtimes, the others not.
class SourceDateEpochIT extends InBuildFixture {
    private static final Instant EPOCH = BuildFixture.INPUT_TIME.minusSeconds(1000);
    private static final SolveOptions OPTIONS = new SolveOptions(true, Optional.of(EPOCH));
    private static final String FIRST = "COPY tree /tree/\n";

    @BeforeEach
    void open() throws IOException {
        fixture.write("tree/dir/a", "1");
        fixture.write("tree/other/b", "2");
        fixture.write("more/dir/new", "3");
        Files.createDirectories(fixture.context.resolve("more/other"));
        Files.createDirectories(fixture.context.resolve("tree/empty"));
        Files.createSymbolicLink(fixture.context.resolve("tree/link"), Path.of("dir"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY tree /tree/\nCOPY more /x/\n",
                "COPY more /tree/\nCOPY tree /tree/\n",
                "COPY tree /tree/\nRUN true\n",
                "COPY more /tree/\nRUN stat -c '%n %f %Y' /tree /tree/* /tree/*/* > /list\n",
                "RUN chmod 700 /tree/dir/a && touch /tree/other/c\nRUN stat -c '%n %f %Y' /tree /tree/* /tree/*/* > /list\n",
                "RUN touch /tree /tree/empty /tree/dir/a && touch -h /tree/link\nRUN stat -c '%n %f %Y' /tree /tree/* /tree/*/* > /list\n",
                "RUN touch -d 2030-01-01 /tree/dir/late\nRUN stat -c '%n %f %Y' /tree /tree/* /tree/*/* > /list\n"
            })
    void a_step_after_a_cached_one_gives_the_layer_that_it_gives_after_a_fresh_one(String steps)
            throws Exception {
        List<Descriptor> atOnce = layers(fixture, SYSTEM + FIRST + steps);
        try (BuildFixture other = fixture.withStore(directory.resolve("other"))) {
            String[] lines = steps.split("\n", -1);
            StringBuilder growing = new StringBuilder(SYSTEM + FIRST);
            for (int i = 0; i < lines.length - 1; i++) {
                other.build(growing.toString(), OPTIONS);
                forgetSnapshots(other);
                growing.append(lines[i]).append('\n');
            }
            assertEquals(atOnce, layers(other, SYSTEM + FIRST + steps));
        }
    }

    @Test
    void what_a_command_sees_is_what_the_layer_says() throws Exception {
        fixture.build(
                SYSTEM + FIRST + "RUN stat -c %Y /tree/dir/a /tree/empty /tree/other\n", OPTIONS);
        String seconds = Long.toString(EPOCH.getEpochSecond());
        assertEquals(List.of(seconds, seconds, seconds), fixture.output());
    }

    @Test
    void an_empty_directory_that_is_copied_again_is_not_given_again() throws Exception {
        BuildResult result = fixture.build(SYSTEM + FIRST + "COPY more /tree/\n", OPTIONS);
        assertFalse(fixture.topLayer(result).containsKey("tree/other"));
        TarEntry file = fixture.topEntry(result, "tree/dir/new");
        assertEquals(EPOCH, file.metadata().mtime());
    }

    private static List<Descriptor> layers(BuildFixture in, String dockerfile) throws Exception {
        return in.build(dockerfile, OPTIONS).manifest().value().layers();
    }

    /// So that the next build has to unpack the layers.
    private static void forgetSnapshots(BuildFixture of) throws IOException {
        BuildFixture.awaitBackgroundWork();
        try (SnapshotInventory inventory = SnapshotInventory.open(of.store.snapshotsDirectory())) {
            for (StoredSnapshot snapshot : inventory.list().reversed()) {
                removeAll(inventory, snapshot);
            }
        }
        assertEquals(0, of.snapshots());
    }

    /// One on which others stand goes after them.
    private static void removeAll(SnapshotInventory inventory, StoredSnapshot snapshot)
            throws IOException {
        for (StoredSnapshot other : inventory.list()) {
            if (other.parent().equals(Optional.of(snapshot.id()))) {
                removeAll(inventory, other);
            }
        }
        inventory.remove(snapshot, Instant.MAX);
    }
}
