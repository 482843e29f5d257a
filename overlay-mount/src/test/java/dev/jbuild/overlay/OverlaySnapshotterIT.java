package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlaySnapshotterIT implements AwaitsBackgroundWork {
    final List<String> warnings = new ArrayList<>();
    OverlaySnapshotter snapshotter;

    @BeforeEach
    void open(@TempDir Path temp) throws IOException {
        Namespaces.assumePrivateMounts();
        snapshotter = new OverlaySnapshotter(temp.resolve("snapshots"), warnings::add);
    }

    @Test
    void what_is_written_on_nothing_is_the_whole_layer() throws IOException {
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.empty())) {
            Files.writeString(active.root().resolve("a"), "alpha");
            Files.createDirectory(active.root().resolve("d"));
            Files.writeString(active.root().resolve("d/b"), "beta");
            active.normalizeTimes(Instant.EPOCH);
            assertTrue(active.diff(layer));
        }
        assertEquals(List.of("a", "d/", "d/b"), layer.paths());
        assertEquals("beta", layer.content("d/b"));
        assertEquals(Instant.EPOCH, layer.entry("d/b").metadata().mtime());
    }

    @Test
    void nothing_written_is_no_change() throws IOException {
        ChainId base = commit(Optional.empty(), root -> Files.writeString(root.resolve("a"), "1"));
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.of(base))) {
            assertFalse(active.diff(layer));
        }
        assertEquals(List.of(), layer.paths());
    }

    @Test
    void deletion_becomes_a_whiteout_and_the_parent_stands_before_it() throws IOException {
        ChainId base =
                commit(
                        Optional.empty(),
                        root -> {
                            Files.createDirectory(root.resolve("d"));
                            Files.writeString(root.resolve("d/gone"), "1");
                            Files.writeString(root.resolve("d/kept"), "1");
                        });
        Recorded layer = changes(Optional.of(base), root -> Files.delete(root.resolve("d/gone")));
        assertEquals(List.of("d/", "d/.wh.gone"), layer.paths());
    }

    @Test
    void directory_made_anew_is_opaque_before_its_children() throws IOException {
        ChainId base =
                commit(
                        Optional.empty(),
                        root -> {
                            Files.createDirectory(root.resolve("d"));
                            Files.writeString(root.resolve("d/one"), "1");
                            Files.writeString(root.resolve("d/two"), "2");
                        });
        Recorded layer =
                changes(
                        Optional.of(base),
                        root -> {
                            Files.delete(root.resolve("d/one"));
                            Files.delete(root.resolve("d/two"));
                            Files.delete(root.resolve("d"));
                            Files.createDirectory(root.resolve("d"));
                            Files.writeString(root.resolve("d/.a"), "new");
                        });
        assertEquals(List.of("d/", "d/.wh..wh..opq", "d/.a"), layer.paths());
    }

    @Test
    void committed_snapshot_is_seen_by_views_and_children() throws IOException {
        ChainId base = commit(Optional.empty(), root -> Files.writeString(root.resolve("a"), "1"));
        ChainId top = commit(Optional.of(base), root -> Files.writeString(root.resolve("b"), "2"));
        try (SnapshotView view = snapshotter.view(top)) {
            assertEquals("1", Files.readString(view.root().resolve("a")));
            assertEquals("2", Files.readString(view.root().resolve("b")));
        }
        try (SnapshotView view = snapshotter.view(base)) {
            assertFalse(Files.exists(view.root().resolve("b")));
        }
        assertEquals(Set.of(base, top), snapshotter.list());
    }

    @Test
    void change_through_one_hard_link_changes_all_of_them() throws IOException {
        ChainId base = linked();
        Recorded layer =
                changes(
                        Optional.of(base),
                        root -> Files.setAttribute(root.resolve("b"), "unix:mode", 0600));
        assertEquals(List.of("a", "b", "d/", "d/c"), layer.paths());
        assertEquals(0600, layer.entry("a").metadata().mode());
        assertEquals(EntryPath.of("a"), ((TarEntry.HardLink) layer.entry("d/c")).target());
    }

    @Test
    void same_change_through_each_hard_link_gives_one_file() throws IOException {
        ChainId base = linked();
        Recorded layer =
                changes(
                        Optional.of(base),
                        root -> {
                            for (String name : List.of("a", "b", "d/c")) {
                                Files.setAttribute(root.resolve(name), "unix:uid", 7);
                            }
                        });
        assertEquals(
                1,
                layer.items.stream()
                        .filter(item -> item.entry() instanceof TarEntry.RegularFile)
                        .count());
    }

    @Test
    void other_link_to_a_file_with_several_names_is_one_of_them_all() throws IOException {
        ChainId base = linked();
        Recorded layer =
                changes(
                        Optional.of(base),
                        root -> Files.createLink(root.resolve("e"), root.resolve("a")));
        assertEquals(List.of("a", "b", "d/", "d/c", "e"), layer.paths());
    }

    @Test
    void hard_link_that_was_opened_without_being_changed_stays_one() throws IOException {
        ChainId base = linked();
        ChainId top =
                commit(
                        Optional.of(base),
                        root -> Files.setAttribute(root.resolve("a"), "unix:mode", 0644));
        try (SnapshotView view = snapshotter.view(top)) {
            assertEquals(
                    Files.getAttribute(view.root().resolve("a"), "unix:ino"),
                    Files.getAttribute(view.root().resolve("b"), "unix:ino"));
        }
    }

    @Test
    void hard_link_whose_content_was_changed_is_a_file_of_its_own() throws IOException {
        ChainId base = linked();
        Recorded layer =
                changes(Optional.of(base), root -> Files.writeString(root.resolve("a"), "2"));
        assertEquals(List.of("a"), layer.paths());
    }

    /// Three names of one file.
    private ChainId linked() throws IOException {
        return commit(
                Optional.empty(),
                root -> {
                    Files.writeString(root.resolve("a"), "1");
                    Files.setAttribute(root.resolve("a"), "unix:mode", 0644);
                    Files.createDirectory(root.resolve("d"));
                    Files.createLink(root.resolve("b"), root.resolve("a"));
                    Files.createLink(root.resolve("d/c"), root.resolve("a"));
                });
    }

    interface Change {
        void on(Path root) throws IOException;
    }

    ChainId commit(Optional<ChainId> parent, Change change) throws IOException {
        ChainId id =
                new ChainId(
                        Digest.sha256(
                                ("" + parent + System.nanoTime())
                                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        try (ActiveSnapshot active = snapshotter.prepare(parent)) {
            change.on(active.root());
            active.diff(new Recorded());
            active.commit(id);
        }
        return id;
    }

    Recorded changes(Optional<ChainId> parent, Change change) throws IOException {
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(parent)) {
            change.on(active.root());
            active.normalizeTimes(Instant.EPOCH);
            active.diff(layer);
        }
        return layer;
    }
}
