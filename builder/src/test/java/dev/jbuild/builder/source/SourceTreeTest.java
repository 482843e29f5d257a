package dev.jbuild.builder.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.jbuild.dockerfile.DockerIgnore;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceTreeTest {
    @TempDir Path directory;
    private Path root;
    private SourceTree tree;

    @BeforeEach
    void make_a_tree() throws IOException {
        root = Files.createDirectories(directory.resolve("root"));
        Files.createDirectories(root.resolve("src/sub"));
        Files.writeString(root.resolve("src/a.go"), "a");
        Files.writeString(root.resolve("src/b.go"), "b");
        Files.writeString(root.resolve("src/sub/c.go"), "c");
        Files.writeString(directory.resolve("outside"), "secret");
        tree = new SourceTree(root, ExclusionRule.none());
    }

    @Test
    void a_path_stands_for_itself() throws Exception {
        assertEquals(List.of("src/a.go"), find("src/a.go"));
        assertEquals(List.of("src/a.go"), find("/src/./sub/../a.go"));
    }

    @Test
    void a_pattern_stands_for_all_that_match_in_order() throws Exception {
        assertEquals(List.of("src/a.go", "src/b.go"), find("src/*.go"));
        assertEquals(List.of("src/sub/c.go"), find("*/*/*.go"));
    }

    @Test
    void nothing_outside_is_reached_by_dots() throws Exception {
        assertEquals(List.of(), find("../outside"));
        assertEquals(List.of("src/a.go"), find("../../src/a.go"));
    }

    @Test
    void an_absolute_link_is_followed_from_the_root() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("/src"));
        assertEquals(root.resolve("src/a.go"), tree.find("link/a.go").getFirst().file());
    }

    @Test
    void a_link_that_climbs_out_stays_inside() throws Exception {
        Files.createSymbolicLink(root.resolve("link"), Path.of("../outside"));
        assertEquals(List.of(), find("link"));
    }

    @Test
    void links_in_a_circle_are_refused() throws Exception {
        Files.createSymbolicLink(root.resolve("x"), Path.of("y"));
        Files.createSymbolicLink(root.resolve("y"), Path.of("x"));
        assertThrows(IOException.class, () -> find("x"));
    }

    @Test
    void what_is_excluded_is_not_there() throws Exception {
        tree = new SourceTree(root, ExclusionRule.of(DockerIgnore.parse("**/b.go\nsrc/sub\n")));
        assertEquals(List.of("src/a.go"), find("src/*.go"));
        assertEquals(List.of(), find("src/sub"));
    }

    @Test
    void a_path_through_a_file_leads_nowhere() throws Exception {
        assertEquals(List.of(), find("src/a.go/b"));
        assertEquals(List.of(), find("src/a.go/*"));
    }

    @Test
    void a_name_that_no_file_can_have_is_an_error_and_not_a_missing_file() {
        FileSystemException tooLong =
                assertThrows(FileSystemException.class, () -> find("src/" + "a".repeat(300)));
        assertEquals("File name too long", tooLong.getReason());
        assertThrows(FileSystemException.class, () -> find("a".repeat(300) + "/*"));
    }

    private List<String> find(String source) throws IOException {
        return tree.find(source).stream().map(SourceMatch::path).toList();
    }
}
