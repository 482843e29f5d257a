package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.overlay.CopyRequest.Choice;
import dev.jbuild.overlay.CopyRequest.Owner;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What COPY does with files.
class TreeCopierTest implements AwaitsBackgroundWork {
    private static final Optional<Owner> ROOT = Optional.of(new Owner(0, 0));
    private static final Instant OLD = Instant.ofEpochSecond(7, 123_456_789);

    private Path context = Path.of("");
    private Path rootfs = Path.of("");
    private final List<String> warnings = new ArrayList<>();

    @BeforeEach
    void make(@TempDir Path directory) throws IOException {
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "needs root, to give files to their owners");
        context = Files.createDirectory(directory.resolve("context"));
        rootfs = Files.createDirectory(directory.resolve("rootfs"));
    }

    @Test
    void file_keeps_mode_mtime_and_attributes_and_gets_the_owner() throws IOException {
        Path file = Files.writeString(context.resolve("f"), "hello");
        Files.setAttribute(file, "unix:mode", 04750);
        Files.setAttribute(file, "user:note", ByteBuffer.wrap(new byte[] {1, 0}));
        Files.setLastModifiedTime(file, FileTime.from(OLD));
        copy("f", "usr/bin/g", Optional.of(new Owner(5, 6)));
        Path copied = rootfs.resolve("usr/bin/g");
        assertEquals("hello", Files.readString(copied));
        assertEquals(0104750, Files.getAttribute(copied, "unix:mode"));
        assertEquals(5, Files.getAttribute(copied, "unix:uid"));
        assertEquals(6, Files.getAttribute(copied, "unix:gid"));
        assertEquals(OLD, Files.getLastModifiedTime(copied).toInstant());
        assertEquals(2, ((byte[]) Files.getAttribute(copied, "user:note")).length);
        assertEquals(040755, Files.getAttribute(rootfs.resolve("usr"), "unix:mode"));
        assertEquals(5, Files.getAttribute(rootfs.resolve("usr"), "unix:uid"));
    }

    @Test
    void owner_is_kept_when_none_is_asked_for() throws IOException {
        Files.setAttribute(Files.writeString(context.resolve("f"), "1"), "unix:uid", 77);
        copy("f", "g", Optional.empty());
        assertEquals(77, Files.getAttribute(rootfs.resolve("g"), "unix:uid"));
    }

    @Test
    void directory_is_merged_into_the_one_there() throws IOException {
        Files.createDirectories(context.resolve("d/sub"));
        Files.writeString(context.resolve("d/a"), "new");
        Files.setAttribute(context.resolve("d"), "unix:mode", 0700);
        Files.setAttribute(context.resolve("d/sub"), "unix:mode", 0711);
        Files.createDirectories(rootfs.resolve("app/sub"));
        Files.writeString(rootfs.resolve("app/a"), "old");
        Files.writeString(rootfs.resolve("app/b"), "kept");
        copy("d", "app", ROOT);
        assertEquals("new", Files.readString(rootfs.resolve("app/a")));
        assertEquals("kept", Files.readString(rootfs.resolve("app/b")));
        assertEquals(040755, Files.getAttribute(rootfs.resolve("app"), "unix:mode"));
        assertEquals(040711, Files.getAttribute(rootfs.resolve("app/sub"), "unix:mode"));
    }

    @Test
    void directory_that_is_made_is_as_the_source() throws IOException {
        Files.setAttribute(Files.createDirectory(context.resolve("d")), "unix:mode", 0700);
        Files.setLastModifiedTime(context.resolve("d"), FileTime.from(OLD));
        copy("d", "app", ROOT);
        assertEquals(040700, Files.getAttribute(rootfs.resolve("app"), "unix:mode"));
        assertEquals(OLD, Files.getLastModifiedTime(rootfs.resolve("app")).toInstant());
    }

    @Test
    void symlinks_in_a_directory_stay_and_the_source_itself_is_followed() throws IOException {
        Files.createDirectory(context.resolve("d"));
        Files.writeString(context.resolve("f"), "1");
        Files.createSymbolicLink(context.resolve("d/l"), Path.of("/f"));
        copy("d", "all", ROOT);
        copy("d/l", "one", ROOT);
        assertEquals(Path.of("/f"), Files.readSymbolicLink(rootfs.resolve("all/l")));
        assertFalse(Files.isSymbolicLink(rootfs.resolve("one")));
        assertEquals("1", Files.readString(rootfs.resolve("one")));
    }

    @Test
    void target_symlink_leads_within_the_root() throws IOException {
        Path outside = Files.createDirectory(context.resolveSibling("outside"));
        Files.createSymbolicLink(rootfs.resolve("out"), outside);
        Files.writeString(context.resolve("f"), "1");
        copy("f", "out/f", ROOT);
        assertFalse(Files.exists(outside.resolve("f")));
        assertEquals("1", Files.readString(Path.of(rootfs + outside.toString(), "f")));
    }

    @Test
    void source_symlink_does_not_leave_the_context() throws IOException {
        Path secret = Files.writeString(context.resolveSibling("secret"), "secret");
        Files.createSymbolicLink(context.resolve("l"), secret);
        NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> copy("l", "x", ROOT));
        assertEquals("'l' is not there", e.getMessage());
    }

    @Test
    void hard_links_are_kept() throws IOException {
        Files.createDirectory(context.resolve("d"));
        Files.writeString(context.resolve("d/a"), "1");
        Files.createLink(context.resolve("d/b"), context.resolve("d/a"));
        copy("d", "x", ROOT);
        assertEquals(
                Files.getAttribute(rootfs.resolve("x/a"), "unix:ino"),
                Files.getAttribute(rootfs.resolve("x/b"), "unix:ino"));
    }

    @Test
    void directory_over_a_file_and_file_over_a_directory_are_refused() throws IOException {
        Files.createDirectories(context.resolve("d/x"));
        Files.writeString(context.resolve("f"), "1");
        Files.createDirectory(rootfs.resolve("t"));
        Files.writeString(rootfs.resolve("t/x"), "1");
        assertEquals(
                "cannot copy to non-directory: '/t/x'",
                assertThrows(IOException.class, () -> copy("d", "t", ROOT)).getMessage());
        assertEquals(
                "cannot overwrite directory '/t' with file",
                assertThrows(IOException.class, () -> copy("f", "t", ROOT)).getMessage());
    }

    @Test
    void selection_makes_directories_only_for_what_is_taken_in_them() throws IOException {
        Files.createDirectories(context.resolve("a/in"));
        Files.createDirectories(context.resolve("b"));
        Files.writeString(context.resolve("a/in/keep"), "1");
        Files.writeString(context.resolve("a/in/drop"), "1");
        Files.writeString(context.resolve("b/drop"), "1");
        CopyRequest request =
                CopyRequest.all(context, EntryPath.ROOT, EntryPath.of("x"), ROOT)
                        .withSelection(
                                (path, directory) ->
                                        directory
                                                ? Choice.LOOK_INSIDE
                                                : path.equals(EntryPath.of("a/in/keep"))
                                                        ? Choice.TAKE
                                                        : Choice.SKIP);
        new TreeCopier(rootfs, warnings::add).copy(request);
        assertTrue(Files.exists(rootfs.resolve("x/a/in/keep")));
        assertFalse(Files.exists(rootfs.resolve("x/a/in/drop")));
        assertFalse(Files.exists(rootfs.resolve("x/b")));
    }

    @Test
    void mode_is_changed_as_asked() throws IOException {
        Files.createDirectory(context.resolve("d"));
        Files.writeString(context.resolve("d/f"), "1");
        CopyRequest request =
                CopyRequest.all(context, EntryPath.of("d"), EntryPath.of("x"), ROOT)
                        .withMode((mode, directory) -> directory ? mode : 0600);
        new TreeCopier(rootfs, warnings::add).copy(request);
        assertEquals(0100600, Files.getAttribute(rootfs.resolve("x/f"), "unix:mode"));
    }

    private void copy(String source, String target, Optional<Owner> owner) throws IOException {
        new TreeCopier(rootfs, warnings::add)
                .copy(CopyRequest.all(context, EntryPath.of(source), EntryPath.of(target), owner));
    }
}
