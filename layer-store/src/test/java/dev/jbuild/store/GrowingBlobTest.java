package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowingBlobTest {
    @TempDir Path directory;
    private DirectoryBlobStore store;
    private BlobWriter writer;
    private GrowingBlob blob;

    @BeforeEach
    void begin() throws IOException {
        store = new DirectoryBlobStore(directory);
        writer = store.create();
        blob = writer.follow();
    }

    @AfterEach
    void end() throws IOException {
        blob.close();
        writer.close();
        store.close();
    }

    @Test
    void what_is_written_can_be_read_before_the_blob_is_committed() throws Exception {
        write("abc");
        assertEquals("abc", read(0));
        assertEquals("c", read(2));
        assertEquals(Optional.empty(), blob.digest());
    }

    @Test
    void a_reader_waits_for_what_is_not_written_yet() throws Exception {
        write("abc");
        CompletableFuture<String> rest =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return read(3);
                            } catch (IOException | InterruptedException e) {
                                throw new IllegalStateException(e);
                            }
                        });
        write("def");
        assertEquals("def", rest.get());
    }

    @Test
    void it_ends_where_the_committed_blob_ends_and_has_its_digest() throws Exception {
        write("abc");
        Digest digest = writer.commit();
        writer.close();
        assertEquals(Optional.of(digest), blob.digest());
        assertEquals("abc", read(0));
        assertEquals(-1, blob.read(ByteBuffer.allocate(1), 3));
    }

    @Test
    void waiting_for_more_than_there_will_be_ends_with_the_blob() throws Exception {
        write("abc");
        assertEquals(3, blob.await(2));
        writer.commit();
        assertEquals(3, blob.await(1 << 20));
    }

    @Test
    void a_reader_of_a_blob_that_is_given_up_is_told_so() throws Exception {
        write("abc");
        writer.close();
        IOException given = assertThrows(IOException.class, () -> read(3));
        assertTrue(String.valueOf(given.getMessage()).contains("given up"), given::toString);
    }

    private void write(String text) throws IOException {
        writer.write(ByteBuffer.wrap(text.getBytes(UTF_8)));
    }

    private String read(long position) throws IOException, InterruptedException {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        assertTrue(blob.read(buffer, position) > 0);
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }
}
