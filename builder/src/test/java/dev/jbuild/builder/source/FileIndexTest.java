package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.FileState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileIndexTest {
    private static final long LONG_AGO = 1_000_000_000_000_000_000L;

    @TempDir Path directory;
    private Path file;
    private Path saved;

    @BeforeEach
    void make_a_file() throws IOException {
        file = Files.writeString(directory.resolve("file"), "one");
        saved = directory.resolve("index");
    }

    @Test
    void an_unchanged_file_is_not_read_again() throws Exception {
        Digest first = remember(LONG_AGO);
        Files.writeString(file, "two");
        assertEquals(first, look(FileIndex.open(saved, directory), LONG_AGO));
    }

    @Test
    void a_file_with_another_time_is_read_again() throws Exception {
        Digest first = remember(LONG_AGO);
        Files.writeString(file, "two");
        assertNotEquals(first, look(FileIndex.open(saved, directory), LONG_AGO + 1));
    }

    @Test
    void a_file_changed_just_now_is_not_remembered() throws Exception {
        long now = System.currentTimeMillis() * 1_000_000;
        Digest first = remember(now);
        Files.writeString(file, "two");
        assertNotEquals(first, look(FileIndex.open(saved, directory), now));
    }

    @Test
    void a_damaged_index_counts_as_empty() throws Exception {
        remember(LONG_AGO);
        byte[] bytes = Files.readAllBytes(saved);
        Files.write(saved, Arrays.copyOf(bytes, bytes.length - 5));
        assertEquals(
                Digest.sha256("one".getBytes(UTF_8)),
                look(FileIndex.open(saved, directory), LONG_AGO));
    }

    @Test
    void a_file_is_read_once_in_a_run() throws Exception {
        FileIndex index = FileIndex.empty();
        Digest first = look(index, LONG_AGO);
        Files.writeString(file, "two");
        assertEquals(first, look(index, LONG_AGO));
    }

    @Test
    void a_file_that_changed_in_this_run_is_read_again() throws Exception {
        FileIndex index = FileIndex.empty();
        Digest first = look(index, LONG_AGO);
        Files.writeString(file, "two");
        assertNotEquals(first, look(index, LONG_AGO + 1));
    }

    @Test
    void a_file_that_was_copied_is_not_read() throws Exception {
        FileIndex index = FileIndex.open(saved, directory);
        ReadContents contents = copied(index, LONG_AGO, "one");
        Files.delete(file);
        assertEquals(ofContent("one"), look(contents, LONG_AGO));
        contents.keep();
        index.save();
        assertEquals(ofContent("one"), look(FileIndex.open(saved, directory), LONG_AGO));
    }

    @Test
    void what_was_copied_is_known_to_no_other_step_until_it_is_kept() throws Exception {
        FileIndex index = FileIndex.open(saved, directory);
        ReadContents contents = copied(index, LONG_AGO, "copied");
        assertEquals(ofContent("copied"), look(contents, LONG_AGO));
        assertEquals(Digest.sha256("one".getBytes(UTF_8)), look(index, LONG_AGO));
    }

    @Test
    void a_file_changed_after_the_copy_began_is_not_remembered() throws Exception {
        FileIndex index = FileIndex.open(saved, directory);
        ReadContents contents = new ReadContents(Path.of("/context"), index);
        long later = System.currentTimeMillis() * 1_000_000;
        Thread.sleep(2100);
        contents.read(state(later), new TreeMap<>(), Digest.sha256("copied".getBytes(UTF_8)));
        contents.keep();
        assertEquals(Digest.sha256("one".getBytes(UTF_8)), look(index, later));
    }

    @Test
    void only_files_of_the_context_that_nobody_knows_are_wanted() throws Exception {
        FileIndex index = FileIndex.open(saved, directory);
        look(index, LONG_AGO);
        ReadContents contents = new ReadContents(Path.of("/context"), index);
        assertTrue(contents.wants(Path.of("/context"), state(LONG_AGO + 1)));
        assertFalse(contents.wants(Path.of("/context"), state(LONG_AGO)));
        assertFalse(contents.wants(Path.of("/archive"), state(LONG_AGO + 1)));
    }

    @Test
    void an_index_with_a_changed_byte_counts_as_empty() throws Exception {
        Digest first = remember(LONG_AGO);
        byte[] bytes = Files.readAllBytes(saved);
        bytes[bytes.length - 20] ^= 1;
        Files.write(saved, bytes);
        Files.writeString(file, "two");
        assertNotEquals(first, look(FileIndex.open(saved, directory), LONG_AGO));
        assertEquals(
                Digest.sha256("two".getBytes(UTF_8)),
                look(FileIndex.open(saved, directory), LONG_AGO));
    }

    private static ReadContents copied(FileIndex index, long time, String content) {
        ReadContents contents = new ReadContents(Path.of("/context"), index);
        contents.read(state(time), new TreeMap<>(), Digest.sha256(content.getBytes(UTF_8)));
        return contents;
    }

    private static Digest ofContent(String content) {
        return ContentDigest.ofFile(Digest.sha256(content.getBytes(UTF_8)), new TreeMap<>());
    }

    @Test
    void what_reading_a_file_throws_is_told() throws Exception {
        Files.delete(file);
        var told = assertThrows(ExecutionException.class, () -> look(FileIndex.empty(), LONG_AGO));
        assertInstanceOf(NoSuchFileException.class, told.getCause());
    }

    private Digest remember(long time) throws Exception {
        FileIndex index = FileIndex.open(saved, directory);
        Digest digest = look(index, time);
        index.save();
        return digest;
    }

    private Digest look(Contents contents, long time) throws Exception {
        return contents.digest(state(time), () -> FileHash.of(file)).get();
    }

    private static FileState state(long time) {
        return new FileState(1, 2, 3, time, time);
    }
}
