package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OverlayStoreIT implements AwaitsBackgroundWork {
    private Path store = Path.of("");
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void check(@TempDir Path directory) throws IOException {
        Namespaces.assumePrivateMounts();
        store = directory;
    }

    @Test
    void an_image_may_have_127_layers() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        Optional<ChainId> top = Optional.empty();
        for (int i = 0; i < 127; i++) {
            ChainId id = id("layer " + i);
            snapshotter.unpack(top, id, new Recorded().file("f" + i, "" + i).source());
            top = Optional.of(id);
        }
        try (ActiveSnapshot active = snapshotter.prepare(top)) {
            assertEquals("0", Files.readString(active.root().resolve("f0")));
            assertEquals("126", Files.readString(active.root().resolve("f126")));
            Files.writeString(active.root().resolve("f0"), "changed");
            Recorded layer = new Recorded();
            active.diff(layer);
            assertEquals(List.of("f0"), layer.paths());
        }
    }

    @Test
    void work_that_is_closed_leaves_nothing() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.empty())) {
            Files.writeString(active.root().resolve("a"), "1");
        }
        assertEquals(List.of(), unfinished());
        assertFalse(Files.readString(Path.of("/proc/mounts")).contains(store.toString()));
    }

    @Test
    void killed_process_leaves_nothing_after_the_next_start() throws Exception {
        Process victim = OtherProcess.start(Holder.class, store.toString());
        try (var out = victim.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("ready", out.readLine());
            assertEquals(1, unfinished().size());
            OverlaySnapshotter neighbour = snapshotter();
            neighbour.prepare(Optional.empty()).close();
            assertEquals(1, unfinished().size(), "a live one's work is left alone");
            victim.destroyForcibly().waitFor();
        }
        snapshotter().prepare(Optional.empty()).close();
        assertEquals(List.of(), unfinished());
        assertFalse(Files.readString(Path.of("/proc/mounts")).contains(store.toString()));
    }

    /// Prepares a snapshot, says so, and waits to be killed.
    static final class Holder {
        public static void main(String[] arguments) throws Exception {
            Namespaces.assumePrivateMounts();
            var snapshotter =
                    new OverlaySnapshotter(
                            Path.of(arguments[0]),
                            warning -> {
                                throw new AssertionError(warning);
                            });
            ActiveSnapshot active = snapshotter.prepare(Optional.empty());
            Files.createDirectories(active.root().resolve("d/e"));
            OtherProcess.say("ready");
            Thread.sleep(60_000);
        }
    }

    @Test
    void snapshot_in_use_is_not_removed() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId base = id("base");
        ChainId top = id("top");
        snapshotter.unpack(Optional.empty(), base, new Recorded().file("a", "1").source());
        try (SnapshotView view = snapshotter.view(base)) {
            IOException e = assertThrows(IOException.class, () -> snapshotter.remove(base));
            assertEquals(
                    "snapshot " + base + " can't be removed: it is in use by a build",
                    e.getMessage());
            assertTrue(Files.exists(view.root().resolve("a")));
        }
        snapshotter.unpack(Optional.of(base), top, new Recorded().file("b", "1").source());
        IOException e = assertThrows(IOException.class, () -> snapshotter.remove(base));
        assertEquals(
                "snapshot " + base + " can't be removed: snapshot " + top + " is on it",
                e.getMessage());
        snapshotter.remove(top);
        snapshotter.remove(base);
        snapshotter.remove(base);
        assertEquals(Set.of(), snapshotter.list());
        assertEquals(List.of(), list(store.resolve("l")));
    }

    @Test
    void snapshot_of_an_earlier_boot_that_was_not_on_disk_is_made_again() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId id = id("base");
        snapshotter.unpack(Optional.empty(), id, new Recorded().file("a", "1").source());
        Path record = store.resolve("s").resolve(id.toString().replace(':', '-')).resolve("record");
        String text = Files.readString(record);
        Files.writeString(
                record, text.replaceFirst("boot .*", "boot 00000000-0000-0000-0000-000000000000"));
        assertFalse(snapshotter().exists(id));
        snapshotter().unpack(Optional.empty(), id, new Recorded().file("a", "2").source());
        try (SnapshotView view = snapshotter().view(id)) {
            assertEquals("2", Files.readString(view.root().resolve("a")));
        }
    }

    @Test
    void failed_unpack_keeps_nothing() throws IOException {
        Recorded bad = new Recorded().file("a", "1").hardLink("b", "none");
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId id = id("bad");
        assertThrows(
                IOException.class, () -> snapshotter.unpack(Optional.empty(), id, bad.source()));
        assertFalse(snapshotter.exists(id));
        assertEquals(List.of(), unfinished());
    }

    @Test
    void rewrite_with_equal_size_and_mtime_is_a_change() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId base = id("base");
        snapshotter.unpack(Optional.empty(), base, new Recorded().file("f", "AAAA").source());
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.of(base))) {
            Path file = active.root().resolve("f");
            var mtime = Files.getLastModifiedTime(file);
            Files.writeString(file, "BBBB");
            Files.setLastModifiedTime(file, mtime);
            active.normalizeTimes(Instant.EPOCH);
            active.diff(layer);
        }
        assertEquals(List.of("f"), layer.paths());
        assertEquals("BBBB", layer.content("f"));
    }

    @Test
    void directory_that_was_copied_up_without_a_change_is_left_out() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId base = id("base");
        snapshotter.unpack(
                Optional.empty(), base, new Recorded().directory("d").file("d/f", "1").source());
        try (ActiveSnapshot active = snapshotter.prepare(Optional.of(base))) {
            Files.setAttribute(active.root().resolve("d/f"), "unix:mode", 0600);
            Files.setAttribute(active.root().resolve("d/f"), "unix:mode", 0644);
            Recorded layer = new Recorded();
            assertFalse(active.diff(layer));
            assertEquals(List.of(), layer.paths());
        }
    }

    @Test
    void one_link_of_a_pair_whose_mode_changes_is_given_as_a_pair() throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId base = id("base");
        snapshotter.unpack(
                Optional.empty(), base, new Recorded().file("a", "1").hardLink("b", "a").source());
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.of(base))) {
            Files.setAttribute(active.root().resolve("b"), "unix:mode", 0600);
            active.diff(layer);
        }
        assertEquals(List.of("a", "b"), layer.paths());
        assertEquals(0600, layer.entry("a").metadata().mode());
        assertEquals(
                new TarEntry.HardLink(
                        EntryPath.of("b"), layer.entry("a").metadata(), EntryPath.of("a")),
                layer.entry("b"));
    }

    @Test
    void sockets_are_left_out_with_a_warning_and_so_is_what_they_hid(@TempDir Path near)
            throws IOException {
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId base = id("base");
        ChainId top = id("top");
        snapshotter.unpack(Optional.empty(), base, new Recorded().file("s", "1").source());
        Recorded layer = new Recorded();
        try (ActiveSnapshot active = snapshotter.prepare(Optional.of(base));
                ServerSocketChannel server =
                        ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            Path path = active.root().resolve("s");
            Files.delete(path);
            // its path is too long for a socket's address
            Path shorter = Files.createSymbolicLink(near.resolve("r"), active.root());
            server.bind(UnixDomainSocketAddress.of(shorter.resolve("s")));
            active.diff(layer);
            active.commit(top);
        }
        assertEquals(List.of(".wh.s"), layer.paths());
        assertEquals(
                List.of("'/s' is a socket, which a layer can't hold: it is left out"), warnings);
        try (SnapshotView view = snapshotter.view(top)) {
            assertFalse(Files.exists(view.root().resolve("s"), LinkOption.NOFOLLOW_LINKS));
        }
    }

    @Test
    void path_longer_than_the_kernel_takes_is_kept() throws IOException {
        Recorded layer = new Recorded();
        String name = "n".repeat(250);
        StringBuilder path = new StringBuilder(name);
        for (int i = 0; i < 20; i++) {
            layer.directory(path.toString());
            path.append('/').append(name);
        }
        layer.file(path.toString(), "deep");
        OverlaySnapshotter snapshotter = snapshotter();
        ChainId id = id("deep");
        snapshotter.unpack(Optional.empty(), id, layer.source());
        Recorded again = new Recorded();
        try (SnapshotView view = snapshotter.view(id);
                ActiveSnapshot active = snapshotter.prepare(Optional.empty())) {
            TreeCopies.copy(view.root(), active.root());
            active.diff(again);
        }
        assertEquals(layer.items, again.items);
        snapshotter.remove(id);
    }

    private OverlaySnapshotter snapshotter() {
        return new OverlaySnapshotter(store, warnings::add);
    }

    private List<String> unfinished() throws IOException {
        List<String> found = new ArrayList<>();
        for (String lease : list(store.resolve("active"))) {
            Path directory = store.resolve("active").resolve(lease);
            if (Files.isDirectory(directory)) {
                found.addAll(list(directory));
            }
        }
        return found;
    }

    private static List<String> list(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static ChainId id(String text) {
        return new ChainId(Digest.sha256(text.getBytes(StandardCharsets.US_ASCII)));
    }
}
