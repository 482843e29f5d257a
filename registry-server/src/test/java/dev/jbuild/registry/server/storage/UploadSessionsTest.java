package dev.jbuild.registry.server.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Body;
import dev.jbuild.registry.server.sqlite.SqliteMetadata;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What happens between a change of the index and that of what is in memory, and on a disk that
/// fails.
class UploadSessionsTest {
    private static final RepositoryName APP = new RepositoryName("app");
    private static final UploadLimits LIMITS = new UploadLimits(2, 2);

    @TempDir Path directory;

    private SqliteMetadata metadata;
    private Path files;
    private Path staging;

    @BeforeEach
    void open() throws Exception {
        RepositoryRules rules =
                new RepositoryRules(
                        (_, _) -> false, OptionalLong.empty(), _ -> OptionalLong.of(1000));
        metadata =
                new SqliteMetadata(
                        directory.resolve("index.db"), rules, Optional.empty(), Announcer.NONE);
        files = directory.resolve("uploads");
        staging = Files.createDirectory(directory.resolve("staging"));
    }

    @AfterEach
    void close() throws Exception {
        metadata.close();
    }

    private UploadSessions sessions(UploadIndex index) throws IOException {
        ContentStore content =
                new ContentStore(
                        Files.createDirectories(directory.resolve("blobs")),
                        staging,
                        directory.resolve("quarantine"));
        return new UploadSessions(files, content, index, metadata.repositories(), LIMITS);
    }

    /// What a test does at some moment.
    private interface Step {
        void run() throws Exception;

        default void now() {
            try {
                run();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    /// The real index, with something done once right after it was asked or changed.
    private static final class Watched implements UploadIndex {
        private final UploadIndex index;
        private Optional<Step> afterFind = Optional.empty();
        private Optional<Step> afterComplete = Optional.empty();
        private boolean failing;

        Watched(UploadIndex index) {
            this.index = index;
        }

        @Override
        public void add(Upload upload) throws StorageException {
            index.add(upload);
        }

        @Override
        public Optional<Upload> find(String id) throws StorageException {
            Optional<Upload> found = index.find(id);
            Optional<Step> step = afterFind;
            afterFind = Optional.empty();
            step.ifPresent(Step::now);
            return found;
        }

        @Override
        public void complete(Upload upload, Digest digest, long size) throws StorageException {
            if (failing) {
                throw StorageException.of("the index can't be changed", new IOException("EIO"));
            }
            index.complete(upload, digest, size);
            afterComplete.ifPresent(Step::now);
        }

        @Override
        public void remove(String id) throws StorageException {
            index.remove(id);
        }

        @Override
        public List<Upload> after(String after, int limit) throws StorageException {
            return index.after(after, limit);
        }
    }

    private record Zeros(int count) implements Body {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(count);
        }

        @Override
        public void transferTo(Sink sink) throws IOException {
            sink.accept(ByteBuffer.allocate(count));
        }

        @Override
        public void cancel(String reason) {}
    }

    private static UploadSession start(UploadSessions sessions) throws IOException {
        return sessions.start(APP, DigestAlgorithm.SHA256);
    }

    @Test
    void bytes_just_committed_count_once() throws Exception {
        Files.createDirectory(files);
        Watched index = new Watched(metadata.uploads());
        UploadSessions sessions = sessions(index);
        byte[] content = new byte[600];
        UploadSession first = start(sessions);
        UploadSession second = start(sessions);
        List<Long> sizes = new ArrayList<>();
        index.afterComplete =
                Optional.of(
                        () ->
                                sizes.add(
                                        sessions.append(
                                                second, OptionalLong.empty(), new Zeros(300))));
        sessions.finish(first, Digest.sha256(content), OptionalLong.empty(), new Zeros(600));
        assertEquals(List.of(300L), sizes);
        assertThrows(
                RuleViolationException.class,
                () -> sessions.append(second, OptionalLong.empty(), new Zeros(101)));
    }

    @Test
    void bytes_of_an_upload_that_could_not_be_committed_count_again() throws Exception {
        Files.createDirectory(files);
        Watched index = new Watched(metadata.uploads());
        UploadSessions sessions = sessions(index);
        byte[] content = new byte[600];
        UploadSession first = start(sessions);
        UploadSession second = start(sessions);
        index.failing = true;
        assertThrows(
                StorageException.class,
                () ->
                        sessions.finish(
                                first,
                                Digest.sha256(content),
                                OptionalLong.empty(),
                                new Zeros(600)));
        assertThrows(
                RuleViolationException.class,
                () -> sessions.append(second, OptionalLong.empty(), new Zeros(401)));
    }

    @Test
    void uploads_that_a_failing_disk_refused_are_not_counted() throws Exception {
        Files.createSymbolicLink(files, files); // leads nowhere
        UploadSessions sessions = sessions(metadata.uploads());
        for (int i = 0; i < 3; i++) {
            assertThrows(FileSystemException.class, () -> start(sessions));
        }
        Files.delete(files);
        Files.createDirectory(files);
        start(sessions);
        start(sessions);
        assertThrows(RuleViolationException.class, () -> start(sessions));
    }

    @Test
    void upload_cancelled_while_it_is_looked_up_does_not_come_back() throws Exception {
        Files.createDirectory(files);
        String id = start(sessions(metadata.uploads())).upload().id();
        Watched index = new Watched(metadata.uploads());
        UploadSessions restarted = sessions(index);
        index.afterFind =
                Optional.of(() -> restarted.cancel(restarted.find(APP, id).orElseThrow()));
        assertTrue(restarted.find(APP, id).isEmpty());
        assertTrue(restarted.find(APP, id).isEmpty());
        start(restarted);
        start(restarted);
    }
}
