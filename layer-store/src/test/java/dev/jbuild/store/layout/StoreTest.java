package dev.jbuild.store.layout;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// image-spec 1.1, image-layout.md.
class StoreTest {
    @TempDir Path directory;

    @Test
    void new_store_is_an_oci_image_layout() throws IOException {
        Path root = directory.resolve("deep/store");
        try (Store store = Store.open(root)) {
            assertEquals(
                    "{\"imageLayoutVersion\":\"1.0.0\"}",
                    Files.readString(root.resolve("oci-layout")));
            assertTrue(Files.readString(root.resolve("index.json")).contains("\"manifests\":[]"));
            assertTrue(Files.isDirectory(root.resolve("blobs/sha256")));
            assertTrue(Files.isDirectory(store.snapshotsDirectory()));
            assertTrue(Files.isDirectory(store.cacheDirectory()));
        }
    }

    @Test
    void directory_that_holds_something_else_is_refused() throws IOException {
        Files.writeString(directory.resolve("letter.txt"), "dear");
        StoreException e = assertThrows(StoreException.class, () -> Store.open(directory).close());
        assertEquals(
                "store '"
                        + directory
                        + "': the directory holds something else (it has no file 'oci-layout');"
                        + " choose an empty one",
                e.getMessage());
        assertFalse(Files.exists(directory.resolve("tmp")));
    }

    @Test
    void file_in_the_place_of_the_directory_is_refused() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        assertThrows(IOException.class, () -> Store.open(file).close());
    }

    @Test
    void blobs_are_there_when_the_store_is_opened_again() throws IOException {
        Digest digest;
        try (Store store = Store.open(directory)) {
            digest = store.blobs().write("hello".getBytes(UTF_8));
        }
        try (Store store = Store.open(directory)) {
            assertTrue(store.blobs().size(digest).isPresent());
        }
    }

    @Test
    void several_may_open_a_new_store_at_once() throws Exception {
        List<Callable<Boolean>> opens = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            opens.add(
                    () -> {
                        try (Store store = Store.open(directory.resolve("s"))) {
                            return store.images().list().isEmpty();
                        }
                    });
        }
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> open : executor.invokeAll(opens)) {
                assertTrue(open.get());
            }
        }
    }
}
