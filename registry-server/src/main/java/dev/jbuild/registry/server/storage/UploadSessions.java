package dev.jbuild.registry.server.storage;

import dev.jbuild.oci.Digest;
import dev.jbuild.oci.DigestAlgorithm;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.http.Body;
import dev.jbuild.store.DigestMismatchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/// Blobs on their way (distribution-spec 1.1, "Pushing blobs"). The index knows the uploads, files
/// named after their ids hold the bytes; what is in memory can be had again from both. Safe for use
/// by several threads.
public final class UploadSessions {
    private static final Pattern ID =
            Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    private static final int PAGE = 1000;
    private static final Duration KEPT_IN_MEMORY = Duration.ofMinutes(10);

    private final Path directory;
    private final ContentStore content;
    private final UploadIndex index;
    private final RepositoryIndex repositories;
    private final Unfinished unfinished;
    private final Map<String, UploadSession> live = new ConcurrentHashMap<>();

    /// @param directory of the upload files; on the file system of the content
    public UploadSessions(
            Path directory,
            ContentStore content,
            UploadIndex index,
            RepositoryIndex repositories,
            UploadLimits limits) {
        this.directory = directory;
        this.content = content;
        this.index = index;
        this.repositories = repositories;
        this.unfinished = new Unfinished(limits, repositories);
    }

    /// @throws RuleViolationException if there are too many, or there is no room
    public UploadSession start(RepositoryName repository, DigestAlgorithm algorithm)
            throws IOException {
        UploadIndex.Upload upload =
                new UploadIndex.Upload(
                        UUID.randomUUID().toString(),
                        repository,
                        algorithm,
                        System.currentTimeMillis());
        Unfinished.Meter meter = unfinished.start(upload);
        UploadSession session = begin(upload, meter);
        try {
            index.add(upload);
        } catch (StorageException | RuntimeException e) {
            meter.end();
            throw e;
        }
        live.put(upload.id(), session);
        return session;
    }

    /// The meter is ended if nothing comes of it.
    private UploadSession begin(UploadIndex.Upload upload, Unfinished.Meter meter)
            throws IOException {
        try {
            return new UploadSession(upload, file(upload.id()), meter);
        } catch (IOException | RuntimeException e) {
            meter.end();
            throw e;
        }
    }

    /// The upload of that id, if it belongs to this repository.
    ///
    /// @param id as a client sent it
    public Optional<UploadSession> find(RepositoryName repository, String id) throws IOException {
        if (!ID.matcher(id).matches()) {
            return Optional.empty();
        }
        Optional<UploadSession> session = inMemory(id);
        if (session.isEmpty()) {
            if (index.find(id).isEmpty()) {
                return Optional.empty();
            }
            remember(id);
            session = inMemory(id);
        }
        return session.filter(s -> !s.isGone() && s.upload().repository().equals(repository));
    }

    /// Within the map's own lock the index is asked again: uploads leave the index first and then
    /// the map, so that one that was finished or cancelled meanwhile doesn't come back.
    private void remember(String id) throws IOException {
        try {
            live.computeIfAbsent(
                    id,
                    _ -> {
                        try {
                            Optional<UploadIndex.Upload> upload = index.find(id);
                            return upload.isEmpty() ? null : known(upload.get());
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private UploadSession known(UploadIndex.Upload upload) throws IOException {
        Path file = file(upload.id());
        long size = ContentStore.sizeOrZero(file);
        return new UploadSession(upload, file, unfinished.known(upload, size));
    }

    /// Touched within the map's own lock, so that [#expire] doesn't forget it meanwhile.
    private Optional<UploadSession> inMemory(String id) {
        return Optional.ofNullable(
                live.computeIfPresent(
                        id,
                        (_, session) -> {
                            session.touch();
                            return session;
                        }));
    }

    /// As [UploadSession#append].
    ///
    /// @throws RuleViolationException if there is no room for it, which ends the upload
    public long append(UploadSession session, OptionalLong start, Body body)
            throws IOException, InterruptedException {
        try {
            return session.append(start, body);
        } catch (RuleViolationException e) {
            cancel(session);
            throw e;
        }
    }

    /// Appends the last bytes, if any, and turns the upload into a blob of its repository. A wrong
    /// digest ends the upload, and so does a lack of room; whatever else fails leaves it as it is.
    ///
    /// @throws DigestMismatchException if the content is not what was promised
    /// @throws RuleViolationException if there is no room for it
    public void finish(UploadSession session, Digest expected, OptionalLong start, Body body)
            throws IOException, InterruptedException {
        try {
            session.finish(
                    expected,
                    start,
                    body,
                    (file, size) ->
                            commit(
                                    file,
                                    expected,
                                    () -> index.complete(session.upload(), expected, size)));
        } catch (DigestMismatchException | RuleViolationException e) {
            cancel(session);
            throw e;
        }
        end(session);
    }

    /// A blob in one request, without a session that could be resumed.
    ///
    /// @throws DigestMismatchException if the content is not what was promised; nothing is kept
    public void receive(RepositoryName repository, Digest expected, Body body)
            throws IOException, InterruptedException {
        UploadIndex.Upload upload =
                new UploadIndex.Upload(
                        "put-" + UUID.randomUUID(),
                        repository,
                        expected.algorithm(),
                        System.currentTimeMillis());
        UploadSession session = begin(upload, unfinished.passing(upload));
        try {
            session.finish(
                    expected,
                    OptionalLong.empty(),
                    body,
                    (file, size) ->
                            commit(
                                    file,
                                    expected,
                                    () -> repositories.linkBlob(repository, expected, size)));
        } finally {
            session.end();
        }
    }

    private interface IndexChange {
        void make() throws StorageException;
    }

    private void commit(Path file, Digest digest, IndexChange change) throws IOException {
        try (ContentStore.Hold hold = content.hold(digest)) {
            hold.adopt(file);
            change.make();
            hold.known();
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw StorageException.of("the content can't be made permanent", e);
        }
    }

    public void cancel(UploadSession session) throws StorageException {
        index.remove(session.upload().id());
        end(session);
    }

    /// Ends uploads that nobody went on with for so long, and removes files that belong to none.
    public void expire(Duration age) throws IOException {
        long limit = System.currentTimeMillis() - age.toMillis();
        String last = "";
        List<UploadIndex.Upload> page;
        do {
            page = index.after(last, PAGE);
            for (UploadIndex.Upload upload : page) {
                last = upload.id();
                expire(upload, limit);
            }
        } while (page.size() == PAGE);
        long idleSince = System.nanoTime() - KEPT_IN_MEMORY.toNanos();
        for (String id : live.keySet()) {
            live.computeIfPresent(
                    id, (_, session) -> session.isIdleSince(idleSince) ? null : session);
        }
    }

    private void expire(UploadIndex.Upload upload, long limit) throws IOException {
        Path file = file(upload.id());
        long touched =
                Files.exists(file)
                        ? Files.getLastModifiedTime(file).toMillis()
                        : upload.startedMillis();
        if (touched < limit) {
            Optional<UploadSession> session = find(upload.repository(), upload.id());
            if (session.isPresent()) {
                cancel(session.get());
            }
        }
    }

    /// Removes the files that a killed process left behind and that no upload owns, and doubts the
    /// content that was being made permanent when it was killed; then counts the uploads that are
    /// left. To be called before the first request.
    public void removeStrays() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if ((Integer) Files.getAttribute(file, "unix:nlink") > 1) {
                    doubtContentOf(file);
                }
                if (index.find(file.getFileName().toString()).isEmpty()) {
                    Files.deleteIfExists(file);
                }
            }
        }
        String last = "";
        List<UploadIndex.Upload> page;
        do {
            page = index.after(last, PAGE);
            for (UploadIndex.Upload upload : page) {
                last = upload.id();
                unfinished.known(upload, ContentStore.sizeOrZero(file(upload.id())));
            }
        } while (page.size() == PAGE);
    }

    /// The file has a second name, which is its digest.
    private void doubtContentOf(Path file) throws IOException {
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            Digest digest = FileDigests.of(algorithm, file);
            Path stored = content.path(digest);
            if (Files.exists(stored) && Files.isSameFile(stored, file)) {
                content.doubt(digest);
            }
        }
    }

    private void end(UploadSession session) throws StorageException {
        session.end();
        live.remove(session.upload().id());
    }

    private Path file(String id) {
        return directory.resolve(id);
    }
}
