package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.OpenFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Directories nested deeper than any stack of calls, any table of descriptors and any path of the
/// kernel's.
class DeepTreesIT implements AwaitsBackgroundWork {
    private static final int DEPTH = 1100;
    private static final Instant EPOCH = Instant.parse("2001-02-03T04:05:06Z");

    private Path directory = Path.of("");

    enum Kind {
        OVERLAY,
        COPY
    }

    /// JUnit would take minutes to remove what a failure left.
    @AfterEach
    void clean() throws IOException {
        try (Libc libc = Libc.open();
                Directory root = Directory.open(libc, directory)) {
            root.removeContents();
        }
    }

    @BeforeEach
    void check(@TempDir Path temp) throws IOException {
        Namespaces.assumePrivateMounts();
        directory = temp;
    }

    @ParameterizedTest
    @EnumSource
    void deep_tree_is_compared_kept_unpacked_and_removed(Kind kind) throws IOException {
        Snapshotter snapshots = snapshotter(kind, "snapshots");
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshots.prepare(Optional.empty())) {
            make(active.root());
            active.normalizeTimes(EPOCH);
            assertTrue(active.diff(layer));
            active.commit(id("deep"));
        }
        assertEquals(DEPTH + 2, layer.items.size());

        Recorded change = new Recorded();
        try (ActiveSnapshot active = snapshots.prepare(Optional.of(id("deep")))) {
            touch(active.root());
            active.normalizeTimes(EPOCH);
            assertTrue(active.diff(change));
            active.commit(id("changed"));
        }
        assertEquals(DEPTH + 1, change.items.size());

        Snapshotter others = snapshotter(kind, "others");
        others.unpack(Optional.empty(), id("deep"), layer.source());
        others.unpack(Optional.of(id("deep")), id("changed"), change.source());
        Recorded again = new Recorded();
        others.diff(id("changed"), again);
        assertEquals(change.items, again.items);

        for (Snapshotter all : List.of(snapshots, others)) {
            all.remove(id("changed"));
            all.remove(id("deep"));
            assertEquals(Set.of(), all.list());
        }
    }

    /// A file at the bottom with two names.
    private static void make(Path root) throws IOException {
        try (Libc libc = Libc.open();
                Directory top = Directory.open(libc, root)) {
            List<Directory> open = new ArrayList<>(List.of(top));
            for (int i = 0; i < DEPTH; i++) {
                assertTrue(open.getLast().makeDirectory("dd", 0755));
                open.add(open.getLast().directory("dd"));
            }
            Directory bottom = open.getLast();
            write(bottom, "f");
            assertTrue(bottom.makeLink("g", bottom, "f"));
            open.reversed().forEach(Directory::close);
        }
    }

    /// One more file there.
    private static void touch(Path root) throws IOException {
        try (Libc libc = Libc.open();
                Directory top = Directory.open(libc, root)) {
            List<Directory> open = new ArrayList<>(List.of(top));
            for (int i = 0; i < DEPTH; i++) {
                open.add(open.getLast().directory("dd"));
            }
            write(open.getLast(), "h");
            open.reversed().forEach(Directory::close);
        }
    }

    private static void write(Directory in, String name) throws IOException {
        try (OpenFile file = Objects.requireNonNull(in.createFile(name, 0644))) {
            file.write("deep".getBytes(StandardCharsets.US_ASCII), 4);
        }
    }

    private Snapshotter snapshotter(Kind kind, String name) {
        Path snapshots = directory.resolve(name);
        return switch (kind) {
            case OVERLAY -> new OverlaySnapshotter(snapshots, DeepTreesIT::refuse);
            case COPY -> new CopySnapshotter(snapshots, DeepTreesIT::refuse);
        };
    }

    private static void refuse(String warning) {
        assertFalse(true, warning);
    }

    private static ChainId id(String text) {
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
