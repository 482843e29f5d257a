package dev.jbuild.registry.server.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import dev.jbuild.registry.server.storage.ContentStore;
import dev.jbuild.registry.server.storage.Metadata;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is remembered of the index, beside a disk that loses files.
class LookupsTest {
    private static final RepositoryName APP = new RepositoryName("app");

    @TempDir Path directory;

    @Test
    void a_blob_whose_file_vanishes_is_not_here_some_seconds_later() throws Exception {
        byte[] bytes = "content".getBytes(StandardCharsets.UTF_8);
        Digest digest = Digest.sha256(bytes);
        AtomicLong now = new AtomicLong();
        List<String> told = new ArrayList<>();
        Path staging = Files.createDirectory(directory.resolve("uploads"));
        ContentStore content =
                new ContentStore(
                        directory.resolve("blobs"), staging, directory.resolve("quarantine"));
        try (Metadata metadata = new SqliteMetadata(directory.resolve("metadata.db"))) {
            Lookups lookups =
                    new Lookups(
                            metadata,
                            content,
                            new LostContent(e -> told.add(e.getMessage()), now::get),
                            now::get);
            try (ContentStore.Hold hold = content.hold(digest)) {
                hold.put(bytes);
                metadata.repositories().linkBlob(APP, digest, bytes.length);
                hold.known();
            }
            assertTrue(lookups.blob(APP, digest).isPresent());
            Files.delete(content.path(digest));
            now.addAndGet(Lookups.LONGEST_NANOS - 1);
            assertTrue(lookups.knownBlob(APP, digest).isPresent());
            assertEquals(List.of(), told);
            now.addAndGet(1);
            assertFalse(lookups.knownBlob(APP, digest).isPresent());
            assertFalse(lookups.blob(APP, digest).isPresent());
            assertEquals(1, told.size());
        }
    }

    @Test
    void what_is_lost_is_told_of_once_a_minute_for_each_digest() {
        AtomicLong now = new AtomicLong();
        List<String> told = new ArrayList<>();
        LostContent lost = new LostContent(e -> told.add(e.getMessage()), now::get);
        Digest one = Digest.sha256(new byte[] {1});
        lost.accept(one);
        now.addAndGet(LostContent.QUIET_NANOS - 1);
        lost.accept(one);
        assertEquals(1, told.size());
        lost.accept(Digest.sha256(new byte[] {2}));
        assertEquals(2, told.size());
        now.addAndGet(1);
        lost.accept(one);
        assertEquals(3, told.size());
    }
}
