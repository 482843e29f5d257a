package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootPathTest implements AwaitsBackgroundWork {
    @Test
    void plain_and_missing_parts_stay(@TempDir Path root) throws IOException {
        Files.createDirectory(root.resolve("a"));
        assertEquals(EntryPath.of("a/b/c"), new RootPath(root).resolve("/a/./b//c/"));
    }

    @Test
    void dots_do_not_lead_out(@TempDir Path root) throws IOException {
        assertEquals(EntryPath.of("etc/passwd"), new RootPath(root).resolve("../../etc/passwd"));
    }

    @Test
    void absolute_symlinks_start_at_the_root(@TempDir Path root) throws IOException {
        Files.createDirectories(root.resolve("usr/lib"));
        Files.createSymbolicLink(root.resolve("lib"), Path.of("/usr/lib"));
        assertEquals(EntryPath.of("usr/lib/x"), new RootPath(root).resolve("lib/x"));
    }

    @Test
    void relative_symlinks_with_dots_stay_inside(@TempDir Path root) throws IOException {
        Files.createDirectories(root.resolve("a/b"));
        Files.createSymbolicLink(root.resolve("a/b/up"), Path.of("../../../../c"));
        assertEquals(EntryPath.of("c/d"), new RootPath(root).resolve("a/b/up/d"));
    }

    @Test
    void last_symlink_is_kept_if_asked_for(@TempDir Path root) throws IOException {
        Files.createSymbolicLink(root.resolve("l"), Path.of("target"));
        RootPath path = new RootPath(root);
        assertEquals(EntryPath.of("target"), path.resolve(EntryPath.of("l")));
        assertEquals(EntryPath.of("l"), path.resolveParents(EntryPath.of("l")));
    }

    @Test
    void symlinks_in_a_circle_are_an_error(@TempDir Path root) throws IOException {
        Files.createSymbolicLink(root.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(root.resolve("b"), Path.of("a"));
        IOException e = assertThrows(IOException.class, () -> new RootPath(root).resolve("a/x"));
        assertEquals("'a/x' leads through more than 40 symlinks", e.getMessage());
    }

    @Test
    void names_that_are_no_text_are_kept(@TempDir Path root) throws IOException {
        EntryPath odd = EntryPath.ofBytes(new byte[] {'o', (byte) 0xff});
        RootPath path = new RootPath(root);
        Files.createSymbolicLink(root.resolve("l"), path.path(odd).getFileName());
        Files.writeString(path.path(odd), "1");
        assertEquals(odd, path.resolve("l"));
        assertEquals("1", Files.readString(path.path(path.resolve("l"))));
    }
}
