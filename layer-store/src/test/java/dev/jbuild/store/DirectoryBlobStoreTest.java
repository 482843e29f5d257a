package dev.jbuild.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.MediaType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// image-spec 1.1, image-layout.md, "Blobs".
class DirectoryBlobStoreTest {
    private static final String HELLO =
            "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir Path root;
    private DirectoryBlobStore store;

    @BeforeEach
    void open() throws IOException {
        store = new DirectoryBlobStore(root);
    }

    @AfterEach
    void close() throws IOException {
        store.close();
    }

    @Test
    void committed_blob_lies_under_its_digest() throws IOException {
        Digest digest = write("hello");
        assertEquals(HELLO, digest.toString());
        assertEquals("hello", Files.readString(root.resolve("blobs/sha256").resolve(digest.hex())));
        assertEquals(OptionalLong.of(5), store.size(digest));
    }

    @Test
    void sound_bytes_take_the_place_of_damaged_ones() throws IOException {
        Digest digest = write("hello");
        Files.writeString(store.path(digest), "hellO");
        assertEquals(digest, write("hello"));
        assertEquals("hello", Files.readString(store.path(digest)));
    }

    @Test
    void sha512_may_be_promised_at_the_end() throws IOException {
        Digest expected = Digest.of(DigestAlgorithm.SHA512, "hello".getBytes(UTF_8));
        try (BlobWriter writer = store.create()) {
            writer.write(bytes("hello"));
            writer.commit(expected);
        }
        assertEquals("hello", Files.readString(store.path(expected)));
        assertEquals(List.of(expected), list());
    }

    @Test
    void sha512_may_be_chosen_at_the_start() throws IOException {
        Digest expected = Digest.of(DigestAlgorithm.SHA512, "hello".getBytes(UTF_8));
        try (BlobWriter writer = store.create(DigestAlgorithm.SHA512)) {
            writer.write(bytes("hello"));
            writer.commit(expected);
        }
        assertEquals(OptionalLong.of(5), store.size(expected));
    }

    @Test
    void content_that_is_not_what_was_promised_is_not_kept() throws IOException {
        Digest promised = Digest.sha256("hello".getBytes(UTF_8));
        try (BlobWriter writer = store.create()) {
            writer.write(bytes("hullo"));
            DigestMismatchException e =
                    assertThrows(DigestMismatchException.class, () -> writer.commit(promised));
            assertEquals(promised, e.expected());
        }
        assertEquals(List.of(), list());
        assertEquals(List.of("lease"), namesIn(store.temp().directory()));
    }

    @Test
    void writer_closed_without_commit_leaves_nothing() throws IOException {
        try (BlobWriter writer = store.create()) {
            writer.write(bytes("hello"));
            assertEquals(5, writer.size());
        }
        assertEquals(List.of(), list());
        assertEquals(List.of("lease"), namesIn(store.temp().directory()));
    }

    @Test
    void blob_that_is_there_is_kept() throws IOException {
        Path file = store.path(write("hello"));
        Object inode = Files.getAttribute(file, "unix:ino");
        write("hello");
        assertEquals(inode, Files.getAttribute(file, "unix:ino"));
    }

    @Test
    void truncated_blob_is_replaced_when_its_content_is_written_again() throws IOException {
        Path file = store.path(write("hello"));
        Files.writeString(file, "hel");
        write("hello");
        assertEquals("hello", Files.readString(file));
    }

    @Test
    void use_renews_the_time_of_a_blob_at_most_every_ten_minutes() throws IOException {
        Digest digest = write("hello");
        Instant recent = Instant.now().minus(Duration.ofMinutes(9));
        Files.setLastModifiedTime(store.path(digest), FileTime.from(recent));
        store.size(digest);
        assertEquals(recent.getEpochSecond(), mtime(digest).getEpochSecond());
        Files.setLastModifiedTime(
                store.path(digest), FileTime.from(Instant.now().minus(Duration.ofMinutes(11))));
        store.size(digest);
        assertTrue(mtime(digest).isAfter(Instant.now().minusSeconds(60)));
    }

    @Test
    void missing_blob_is_named_by_its_digest() {
        Digest digest = Digest.parse(HELLO);
        NoSuchFileException e =
                assertThrows(NoSuchFileException.class, () -> store.open(digest).close());
        assertEquals(HELLO + ": no such blob in the store '" + root + "'", e.getMessage());
    }

    @Test
    void documents_are_verified_when_read() throws IOException {
        Descriptor descriptor = Descriptor.of(MediaType.OCI_CONFIG, "hello".getBytes(UTF_8));
        write("hello");
        assertArrayEquals("hello".getBytes(UTF_8), store.read(descriptor));
        Files.writeString(store.path(descriptor.digest()), "hullo");
        assertThrows(DigestMismatchException.class, () -> store.read(descriptor));
    }

    @Test
    void document_of_another_size_than_described_is_refused() throws IOException {
        Digest digest = write("hello");
        Descriptor described = new Descriptor(MediaType.OCI_CONFIG, digest, 4);
        IOException e = assertThrows(IOException.class, () -> store.read(described));
        assertTrue(e.toString().contains("has 5 bytes where its descriptor says 4"));
    }

    @Test
    void deleted_blob_is_gone_and_deleting_it_again_is_no_error() throws IOException {
        Digest digest = write("hello");
        store.delete(digest);
        store.delete(digest);
        assertTrue(store.size(digest).isEmpty());
    }

    @Test
    void foreign_files_are_not_listed() throws IOException {
        Digest digest = write("hello");
        Files.writeString(root.resolve("blobs/sha256/README"), "not a blob");
        assertEquals(List.of(digest), list());
    }

    @Test
    void closing_removes_the_temporary_space() throws IOException {
        Path temp = store.temp().directory();
        store.close();
        assertFalse(Files.exists(temp));
    }

    private Digest write(String content) throws IOException {
        return store.write(content.getBytes(UTF_8));
    }

    private Instant mtime(Digest digest) throws IOException {
        return Files.getLastModifiedTime(store.path(digest)).toInstant();
    }

    private List<Digest> list() throws IOException {
        try (Stream<Digest> digests = store.list()) {
            return digests.toList();
        }
    }

    private static List<String> namesIn(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }
}
