package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.tree.Below;
import dev.jbuild.overlay.tree.CopiedBelow;
import dev.jbuild.overlay.tree.LayerUnpacker;
import dev.jbuild.overlay.tree.OverlaidBelow;
import dev.jbuild.store.layer.ArchiveLimits;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.TarReader;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// OCI image-spec 1.1, layer.md, "Applying Changesets", and tars that try to get out.
class UnpackIT implements AwaitsBackgroundWork {
    enum Kind {
        OVERLAY,
        COPY
    }

    private Path temp = Path.of("");
    private final List<String> warnings = new ArrayList<>();
    private int made;

    @BeforeEach
    void check(@TempDir Path directory) throws IOException {
        Namespaces.assumePrivateMounts();
        temp = directory;
    }

    @ParameterizedTest
    @EnumSource
    void metadata_is_kept_to_the_nanosecond(Kind kind) throws IOException {
        var xattrs = new TreeMap<>(Map.of("user.note", ByteString.of("x\0y")));
        Instant old = Instant.ofEpochSecond(-5, 7);
        Recorded layer =
                new Recorded()
                        .directory("d", 01777)
                        .file("d/f", "hello", new Metadata(04755, 7, 3_000_000, old, xattrs));
        try (SnapshotView view = view(kind, layer)) {
            Path file = view.root().resolve("d/f");
            assertEquals("hello", Files.readString(file));
            Map<String, Object> status = Files.readAttributes(file, "unix:mode,uid,gid");
            assertEquals(0104755, status.get("mode"));
            assertEquals(7, status.get("uid"));
            assertEquals(3_000_000, status.get("gid"));
            assertEquals(old, Files.getLastModifiedTime(file).toInstant());
            Path directory = view.root().resolve("d");
            assertEquals(041777, Files.getAttribute(directory, "unix:mode"));
            assertEquals(
                    Instant.ofEpochSecond(1_000_000_000L, 123_456_789),
                    Files.getLastModifiedTime(directory).toInstant());
            assertEquals(
                    "x\0y",
                    new String(
                            (byte[]) Files.getAttribute(file, "user:note"),
                            StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whiteouts_and_opaque_markers_act_on_lower_layers_only(Kind kind) throws IOException {
        Recorded base =
                new Recorded()
                        .directory("d")
                        .file("d/gone", "1")
                        .file("d/kept", "1")
                        .directory("o")
                        .file("o/hidden", "1")
                        .directory("w")
                        .file("w/old", "1");
        Recorded top = new Recorded().directory("d");
        top.whiteout(EntryPath.of("d/gone"));
        top.directory("o").file("o/new", "2");
        top.opaque(EntryPath.of("o"));
        top.whiteout(EntryPath.of("w"));
        top.directory("w").file("w/new", "2");
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of("kept"), names(view.root().resolve("d")));
            assertEquals(List.of("new"), names(view.root().resolve("o")));
            assertEquals(List.of("new"), names(view.root().resolve("w")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whiteout_after_what_the_layer_made_itself_leaves_that(Kind kind) throws IOException {
        Recorded base = new Recorded().directory("w").file("w/old", "1");
        Recorded top = new Recorded().directory("w").file("w/new", "2");
        top.whiteout(EntryPath.of("w"));
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of("new"), names(view.root().resolve("w")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void parent_missing_in_the_layer_is_as_in_the_one_below(Kind kind) throws IOException {
        Recorded base = new Recorded().directory("d", 0700);
        Recorded top = new Recorded().file("d/sub/f", "1");
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(040700, Files.getAttribute(view.root().resolve("d"), "unix:mode"));
            assertEquals(
                    Instant.ofEpochSecond(1_000_000_000L, 123_456_789),
                    Files.getLastModifiedTime(view.root().resolve("d")).toInstant());
            assertEquals(040755, Files.getAttribute(view.root().resolve("d/sub"), "unix:mode"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void symlink_of_a_lower_layer_leads_within_the_root(Kind kind) throws IOException {
        Recorded base =
                new Recorded().directory("usr").directory("usr/lib").symlink("lib", "/usr/lib");
        Recorded top = new Recorded().file("lib/x", "1");
        try (SnapshotView view = view(kind, base, top)) {
            assertTrue(Files.isSymbolicLink(view.root().resolve("lib")));
            assertEquals("1", Files.readString(view.root().resolve("usr/lib/x")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void symlinks_that_point_outside_lead_within_the_root(Kind kind) throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Recorded layer =
                new Recorded()
                        .symlink("abs", outside.toString())
                        .file("abs/pwned", "1")
                        .symlink("up", "../../../../../../../.." + outside)
                        .file("up/pwned2", "1");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(List.of(), names(outside));
            Path inside = Path.of(view.root().toString() + outside);
            assertEquals(List.of("pwned", "pwned2"), names(inside));
        }
    }

    @ParameterizedTest
    @EnumSource
    void file_over_a_symlink_replaces_the_symlink(Kind kind) throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "untouched");
        Recorded layer = new Recorded().symlink("f", victim.toString()).file("f", "mine");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals("mine", Files.readString(view.root().resolve("f")));
            assertFalse(Files.isSymbolicLink(view.root().resolve("f")));
        }
        assertEquals("untouched", Files.readString(victim));
    }

    @ParameterizedTest
    @EnumSource
    void hard_link_through_a_symlink_stays_inside(Kind kind) throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Files.writeString(outside.resolve("secret"), "secret");
        Recorded layer =
                new Recorded().symlink("s", outside.toString()).hardLink("mine", "s/secret");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertEquals(
                "the layer's entry 'mine' is a hard link to 's/secret', which is no file in this"
                        + " layer nor below it",
                e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void hard_links_work_within_a_layer_and_to_lower_ones(Kind kind) throws IOException {
        Recorded base = new Recorded().directory("d").file("d/a", "1");
        Recorded top = new Recorded().hardLink("b", "d/a").file("x", "2").hardLink("y", "x");
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(inode(view.root().resolve("d/a")), inode(view.root().resolve("b")));
            assertEquals("1", Files.readString(view.root().resolve("b")));
            assertEquals(inode(view.root().resolve("x")), inode(view.root().resolve("y")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void last_of_duplicates_counts_whatever_its_type(Kind kind) throws IOException {
        Recorded layer =
                new Recorded()
                        .file("a", "1")
                        .directory("a")
                        .file("a/x", "2")
                        .directory("b")
                        .file("b/y", "1")
                        .file("b", "file");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(List.of("x"), names(view.root().resolve("a")));
            assertEquals("file", Files.readString(view.root().resolve("b")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void entry_below_a_file_is_refused_and_nothing_is_kept(Kind kind) throws IOException {
        Recorded layer = new Recorded().file("a", "1").file("a/b", "2");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertEquals("the layer has an entry in 'a', but 'a' is no directory", e.getMessage());
        assertEquals(java.util.Set.of(), snapshotter(kind).list());
    }

    @ParameterizedTest
    @EnumSource
    void attributes_of_overlayfs_in_a_layer_do_not_act(Kind kind) throws IOException {
        var evil = new TreeMap<>(Map.of("user.overlay.opaque", ByteString.of("y")));
        Recorded base = new Recorded().directory("d").file("d/seen", "1");
        Recorded top = new Recorded();
        top.add(
                new TarEntry.Directory(
                        EntryPath.of("d"), new Metadata(0755, 0, 0, Instant.EPOCH, evil)));
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of("seen"), names(view.root().resolve("d")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whiteout_of_the_parent_is_refused(Kind kind) throws IOException {
        Recorded layer = new Recorded().directory("d").file("d/.wh...", "");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertEquals(
                "the layer's entry 'd/.wh...' deletes no name that a file can have",
                e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void devices_fifos_and_names_that_are_no_text_are_made(Kind kind) throws IOException {
        EntryPath odd = EntryPath.ofBytes(new byte[] {'a', (byte) 0xff, '\n'});
        Recorded layer = new Recorded();
        layer.add(new TarEntry.Fifo(odd, Recorded.metadata(0600)));
        layer.add(new TarEntry.Device(EntryPath.of("null"), Recorded.metadata(0666), true, 1, 3));
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(020666, Files.getAttribute(view.root().resolve("null"), "unix:mode"));
            Recorded again = new Recorded();
            try (ActiveSnapshot active = snapshotter(kind).prepare(Optional.empty())) {
                TreeCopies.copy(view.root(), active.root());
                active.diff(again);
            }
            assertEquals(layer.items, again.items);
        }
        assertEquals(List.of(), warnings);
    }

    @ParameterizedTest
    @EnumSource
    void opaque_root_hides_all_that_is_below(Kind kind) throws IOException {
        Recorded base = new Recorded().file("old", "1").directory("d").file("d/old", "1");
        Recorded top = new Recorded().directory("d").file("d/new", "2").file("new", "2");
        top.opaque(EntryPath.ROOT);
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of("d", "new"), names(view.root()));
            assertEquals(List.of("new"), names(view.root().resolve("d")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whiteout_of_what_is_not_below_leaves_no_trace(Kind kind) throws IOException {
        Recorded base =
                new Recorded().directory("d").file("d/a", "1").directory("o").file("o/b", "");
        Recorded top = new Recorded().directory("n");
        top.whiteout(EntryPath.of("n/nothing"));
        top.whiteout(EntryPath.of("d/nothing"));
        top.whiteout(EntryPath.of("o/b"));
        top.opaque(EntryPath.of("o"));
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of(), names(view.root().resolve("n")));
            assertEquals(List.of("a"), names(view.root().resolve("d")));
            assertEquals(List.of(), names(view.root().resolve("o")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void entry_in_a_directory_that_would_be_a_whiteout_is_refused(Kind kind) throws IOException {
        Recorded layer = new Recorded().file("d/.wh.x/f", "1");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertEquals(
                "the layer's entry 'd/.wh.x/f' is in a directory whose name begins with '.wh.',"
                        + " which would delete another",
                e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void what_aufs_kept_for_itself_is_left_out(Kind kind) throws IOException {
        Recorded layer = new Recorded().file(".wh..wh.plnk/1.2", "1").file(".wh..wh.aufs", "");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(List.of(), names(view.root()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void directory_that_a_symlink_replaces_leads_nowhere_else(Kind kind) throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Recorded layer =
                new Recorded()
                        .directory("a")
                        .file("a/f", "1")
                        .symlink("a", outside.toString())
                        .file("a/pwned", "2")
                        .directory("a/sub", 0777)
                        .hardLink("a/hard", "a/pwned");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(List.of(), names(outside));
            assertEquals(
                    List.of("hard", "pwned", "sub"), names(Path.of(view.root() + "" + outside)));
        }
        assertEquals(0, (int) Files.getAttribute(outside, "unix:mode") & 022);
    }

    @ParameterizedTest
    @EnumSource
    void directory_that_a_symlink_of_the_next_layer_replaces_leads_nowhere_else(Kind kind)
            throws IOException {
        Path outside = Files.createDirectory(temp.resolve("outside"));
        Files.writeString(outside.resolve("victim"), "untouched");
        Recorded base = new Recorded().directory("a").file("a/victim", "1");
        Recorded middle = new Recorded().symlink("a", outside.toString());
        Recorded top = new Recorded().file("a/victim", "2");
        top.whiteout(EntryPath.of("a/gone"));
        top.opaque(EntryPath.of("a"));
        try (SnapshotView view = view(kind, base, middle, top)) {
            assertTrue(Files.isSymbolicLink(view.root().resolve("a")));
            assertEquals(
                    "2", Files.readString(Path.of(view.root() + "" + outside).resolve("victim")));
        }
        assertEquals("untouched", Files.readString(outside.resolve("victim")));
    }

    @ParameterizedTest
    @EnumSource
    void hard_link_to_a_symlink_is_one_and_a_file_over_it_replaces_it(Kind kind)
            throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "untouched");
        Recorded layer =
                new Recorded()
                        .symlink("s", victim.toString())
                        .hardLink("h", "s")
                        .file("h", "mine", new Metadata(04777, 0, 0, Instant.EPOCH));
        try (SnapshotView view = view(kind, layer)) {
            assertEquals("mine", Files.readString(view.root().resolve("h")));
            assertTrue(Files.isSymbolicLink(view.root().resolve("s")));
        }
        assertEquals("untouched", Files.readString(victim));
        assertEquals(0, (int) Files.getAttribute(victim, "unix:mode") & 04000);
    }

    @ParameterizedTest
    @EnumSource
    void symlinks_in_a_circle_are_refused(Kind kind) throws IOException {
        Recorded layer = new Recorded().symlink("a", "b").symlink("b", "a").file("a/f", "1");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertEquals("'a' leads through more than 40 symlinks", e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void name_longer_than_linux_has_is_refused(Kind kind) throws IOException {
        Recorded layer = new Recorded().file("n".repeat(256), "1");
        IOException e = assertThrows(IOException.class, () -> view(kind, layer).close());
        assertTrue(String.valueOf(e.getMessage()).contains("ENAMETOOLONG"), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void path_of_hundreds_of_components_is_unpacked_and_found_again(Kind kind) throws Exception {
        String deep = "a-component-of-it/".repeat(300);
        Recorded layer = new Recorded().file(deep + "f", "1");
        try (SnapshotView view = view(kind, layer)) {
            Recorded again = new Recorded();
            try (ActiveSnapshot active = snapshotter(kind).prepare(Optional.empty())) {
                TreeCopies.copy(view.root(), active.root());
                active.diff(again);
            }
            assertEquals(301, again.items.size());
            assertEquals("1", again.content(deep + "f"));
        }
        background_work_has_ended();
        // JUnit can't: the path is longer than a call takes
        try (Libc libc = Libc.open();
                Directory directory = Directory.open(libc, temp)) {
            directory.removeContents();
        }
    }

    @ParameterizedTest
    @EnumSource
    void attributes_of_the_host_are_left_out_with_a_warning(Kind kind) throws IOException {
        var xattrs =
                new TreeMap<>(
                        Map.of(
                                "trusted.overlay.opaque", ByteString.of("y"),
                                "security.selinux", ByteString.of("evil"),
                                "user.kept", ByteString.of("1")));
        Recorded layer = new Recorded();
        layer.file("f", "", new Metadata(0644, 0, 0, Instant.EPOCH, xattrs));
        try (SnapshotView view = view(kind, layer);
                Libc libc = Libc.open();
                Directory root = Directory.open(libc, view.root())) {
            assertEquals(Map.of("user.kept", ByteString.of("1")), root.xattrs("f", _ -> true));
        }
        assertEquals(2, warnings.size());
        assertTrue(warnings.getFirst().contains("security.selinux"), warnings.toString());
    }

    @ParameterizedTest
    @EnumSource
    void device_that_means_a_deletion_is_left_out_and_hides_what_is_below(Kind kind)
            throws IOException {
        Recorded base = new Recorded().file("f", "1").file("g", "1");
        Recorded top = new Recorded();
        top.add(new TarEntry.Device(EntryPath.of("f"), Recorded.metadata(0), true, 0, 0));
        try (SnapshotView view = view(kind, base, top)) {
            assertEquals(List.of("g"), names(view.root()));
        }
        assertEquals(List.of("device node '/f' is left out: 0:0 means a deletion"), warnings);
    }

    @ParameterizedTest
    @EnumSource
    void layer_that_asks_for_more_memory_than_the_limit_is_refused(Kind kind) throws IOException {
        ArchiveLimits limits = new ArchiveLimits(1, 1, 1, 1, 1, 2000);
        Recorded layer = new Recorded();
        for (int i = 0; i < 20; i++) {
            layer.directory("d" + i);
        }
        Path root = Files.createDirectory(temp.resolve("root"));
        Below below =
                kind == Kind.COPY
                        ? new CopiedBelow()
                        : new OverlaidBelow(() -> new OverlaidBelow.Opened(null, () -> {}));
        try (Libc libc = Libc.open();
                Directory directory = Directory.open(libc, root);
                LayerUnpacker unpacker =
                        new LayerUnpacker(directory, below, limits, warnings::add)) {
            IOException e = assertThrows(IOException.class, () -> unpacker.unpack(layer.source()));
            assertEquals(
                    "the layer's directories, names and attributes take more than 2000 bytes of"
                            + " memory; if you trust it, raise the limit:"
                            + " JBUILD_JAVA_OPTS=-Djbuild.limit.memory=N",
                    e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "OVERLAY,gnu,0.0",
        "OVERLAY,posix,0.0",
        "COPY,posix,0.1",
        "COPY,posix,1.0",
        "COPY,gnu,0.0"
    })
    void sparse_file_of_gnu_tar_stays_sparse(Kind kind, String format, String version)
            throws Exception {
        Path file = temp.resolve("sparse");
        byte[] content = new byte[9_000_000];
        try (var out = new RandomAccessFile(file.toFile(), "rw")) {
            for (int at : new int[] {0, 2_000_000, 5_000_000, 5_100_000, 7_000_000, 8_000_000}) {
                out.seek(at);
                out.write("data".getBytes(StandardCharsets.US_ASCII));
                System.arraycopy(new byte[] {'d', 'a', 't', 'a'}, 0, content, at, 4);
            }
            out.setLength(content.length);
        }
        Path tar = temp.resolve("sparse.tar");
        Process process =
                new ProcessBuilder(
                                "tar",
                                "--sparse",
                                "--format=" + format,
                                "--sparse-version=" + version,
                                "-C",
                                temp.toString(),
                                "-cf",
                                tar.toString(),
                                "sparse")
                        .inheritIO()
                        .start();
        assertEquals(0, process.waitFor());
        assertTrue(Files.size(tar) < 200_000, () -> "tar made nothing sparse");
        ChainId id = new ChainId(Digest.sha256(tar.toString().getBytes(StandardCharsets.UTF_8)));
        try (TarReader reader = new TarReader(Files.newInputStream(tar))) {
            snapshotter(kind).unpack(Optional.empty(), id, reader);
        }
        Path copy = Files.createDirectory(temp.resolve("copy"));
        try (SnapshotView view = snapshotter(kind).view(id)) {
            assertArrayEquals(content, Files.readAllBytes(view.root().resolve("sparse")));
            TreeCopies.copy(view.root(), copy);
            assertArrayEquals(content, Files.readAllBytes(copy.resolve("sparse")));
            try (Libc libc = Libc.open();
                    Directory root = Directory.open(libc, view.root());
                    Directory copied = Directory.open(libc, copy)) {
                assertTrue(root.status("sparse").isSparse());
                assertTrue(copied.status("sparse").isSparse());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void metadata_of_a_directory_that_something_replaced_goes_nowhere(Kind kind)
            throws IOException {
        Recorded layer = new Recorded().directory("d").directory("d/e", 0711);
        layer.symlink("d", "other").directory("other", 0750).file("g", "1");
        layer.directory("f", 0711).file("f", "file", new Metadata(0640, 0, 0, Instant.EPOCH));
        layer.directory("h", 0711).symlink("h", "g");
        try (SnapshotView view = view(kind, layer)) {
            assertEquals(List.of("d", "f", "g", "h", "other"), names(view.root()));
            assertEquals(Path.of("other"), Files.readSymbolicLink(view.root().resolve("d")));
            assertEquals(0750, mode(view.root().resolve("other")));
            assertEquals(0640, mode(view.root().resolve("f")));
            assertEquals(
                    Instant.EPOCH, Files.getLastModifiedTime(view.root().resolve("f")).toInstant());
            assertEquals(0644, mode(view.root().resolve("g")));
        }
    }

    private static int mode(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & 07777;
    }

    private static int inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS).hashCode();
    }

    private static List<String> names(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private Snapshotter snapshotter(Kind kind) {
        Path directory = temp.resolve(kind.name());
        return switch (kind) {
            case OVERLAY -> new OverlaySnapshotter(directory, warnings::add);
            case COPY -> new CopySnapshotter(directory, warnings::add);
        };
    }

    private SnapshotView view(Kind kind, Recorded... layers) throws IOException {
        Snapshotter snapshotter = snapshotter(kind);
        Optional<ChainId> top = Optional.empty();
        for (Recorded layer : layers) {
            ChainId id =
                    new ChainId(
                            Digest.sha256(("layer " + made++).getBytes(StandardCharsets.US_ASCII)));
            snapshotter.unpack(top, id, layer.source());
            top = Optional.of(id);
        }
        return snapshotter.view(top.orElseThrow());
    }
}
