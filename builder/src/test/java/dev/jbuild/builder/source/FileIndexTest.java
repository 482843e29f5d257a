package dev.jbuild.builder.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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
        assertEquals(first, FileIndex.open(saved, directory).digest("key", file, stat(LONG_AGO)));
    }

    @Test
    void a_file_with_another_time_is_read_again() throws Exception {
        Digest first = remember(LONG_AGO);
        Files.writeString(file, "two");
        assertNotEquals(
                first, FileIndex.open(saved, directory).digest("key", file, stat(LONG_AGO + 1)));
    }

    @Test
    void a_file_changed_just_now_is_not_remembered() throws Exception {
        long now = System.currentTimeMillis() * 1_000_000;
        Digest first = remember(now);
        Files.writeString(file, "two");
        assertNotEquals(first, FileIndex.open(saved, directory).digest("key", file, stat(now)));
    }

    @Test
    void a_damaged_index_counts_as_empty() throws Exception {
        remember(LONG_AGO);
        byte[] bytes = Files.readAllBytes(saved);
        Files.write(saved, Arrays.copyOf(bytes, bytes.length - 5));
        assertEquals(
                Digest.sha256("one".getBytes(UTF_8)),
                FileIndex.open(saved, directory).digest("key", file, stat(LONG_AGO)));
    }

    private Digest remember(long time) throws IOException {
        FileIndex index = FileIndex.open(saved, directory);
        Digest digest = index.digest("key", file, stat(time));
        index.save();
        return digest;
    }

    private static FileIndex.Stat stat(long time) {
        return new FileIndex.Stat(1, 2, 3, time, time);
    }
}
