package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.ErrorCode;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Payload;
import dev.jbuild.registry.client.transport.Retry;
import dev.jbuild.registry.client.transport.Transport;
import dev.jbuild.store.BlobStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import okhttp3.HttpUrl;

/// Brings one blob into a repository by the cheapest way that works: it is there, it can be mounted
/// from another repository, one POST (small blobs), POST and PUT.
final class BlobUpload {
    private static final int BUFFER = 256 << 10;

    /// Up to here the content goes along with the first request. A registry that doesn't take it so
    /// gets it twice.
    private static final long LARGEST_SINGLE_POST = 64 << 10;

    /// Answers that mean that the way, not the blob, is refused.
    private static final Set<Integer> NOT_THIS_WAY = Set.of(400, 401, 403, 404, 405, 411, 413, 415);

    private final Requests requests;
    private final UploadSessions sessions;
    private final Transport transport;
    private final RepositoryName repository;
    private final Descriptor blob;
    private final BlobStore store;
    private final Consumer<TransferEvent> events;

    BlobUpload(
            Requests requests,
            Transport transport,
            RepositoryName repository,
            Descriptor blob,
            BlobStore store,
            Consumer<TransferEvent> events) {
        this.requests = requests;
        this.sessions = new UploadSessions(requests, transport, repository);
        this.transport = transport;
        this.repository = repository;
        this.blob = blob;
        this.store = store;
        this.events = events;
    }

    /// @param mountFrom a repository of the same registry that may have the blob
    void run(Optional<RepositoryName> mountFrom) throws IOException, InterruptedException {
        Retry retry = transport.retry();
        while (true) {
            try {
                events.accept(new TransferEvent.Finished(blob, attempt(mountFrom)));
                return;
            } catch (RegistryException e) {
                if (!isRepeatable(e, retry)) {
                    throw e;
                }
            }
        }
    }

    /// The fate of a failed upload is not known: the next attempt begins by asking for the blob.
    private static boolean isRepeatable(RegistryException e, Retry retry)
            throws InterruptedException {
        if (e.status().isPresent()) {
            return retry.again(e.status().getAsInt(), e.retryAfter());
        }
        return e.getCause() instanceof IOException cause && retry.again(cause, true);
    }

    private TransferEvent.Outcome attempt(Optional<RepositoryName> mountFrom)
            throws IOException, InterruptedException {
        if (isPresent()) {
            return TransferEvent.Outcome.PRESENT;
        }
        Optional<HttpUrl> session = Optional.empty();
        if (mountFrom.isPresent() && !mountFrom.get().equals(repository)) {
            try (Answer answer = requests.send(mount(mountFrom.get()))) {
                if (answer.status() == 201) {
                    return TransferEvent.Outcome.MOUNTED;
                }
                session = session(answer);
            }
        }
        checkStored();
        events.accept(new TransferEvent.Started(blob));
        if (session.isEmpty() && blob.size() <= LARGEST_SINGLE_POST) {
            try (Answer answer = requests.send(singlePost())) {
                if (answer.status() == 201) {
                    sessions.checkDigest(answer, blob.digest());
                    return TransferEvent.Outcome.TRANSFERRED;
                }
                session = session(answer);
            }
        }
        put(session.isPresent() ? session.get() : sessions.start());
        return TransferEvent.Outcome.TRANSFERRED;
    }

    private boolean isPresent() throws IOException, InterruptedException {
        HttpUrl url = requests.url(repository + "/blobs/" + blob.digest());
        try (Answer answer = requests.send(Call.of("HEAD", url, Scope.push(repository)))) {
            if (answer.isSuccess()) {
                return true;
            }
            if (answer.status() == 404 || answer.status() == 405) {
                return false;
            }
            throw requests.refused(answer);
        }
    }

    private Call mount(RepositoryName from) throws IOException, InterruptedException {
        HttpUrl url =
                sessions.url()
                        .newBuilder()
                        .addQueryParameter("mount", blob.digest().toString())
                        .addQueryParameter("from", from.value())
                        .build();
        return Call.of("POST", url, Scope.push(repository)).alsoFor(Scope.pull(from));
    }

    private Call singlePost() throws IOException, InterruptedException {
        return withContent("POST", UploadSessions.withDigest(sessions.url(), blob.digest()));
    }

    /// Where to go on after a POST, or empty if it has to be another way.
    private Optional<HttpUrl> session(Answer answer) throws IOException, InterruptedException {
        if (answer.status() == 202) {
            return Optional.of(sessions.location(answer));
        }
        if (NOT_THIS_WAY.contains(answer.status())) {
            return Optional.empty();
        }
        throw requests.refused(answer);
    }

    private void put(HttpUrl session) throws IOException, InterruptedException {
        try (Answer answer =
                requests.send(
                        withContent("PUT", UploadSessions.withDigest(session, blob.digest())))) {
            if (!answer.isSuccess()) {
                throw isDamaged(answer) ? damaged(answer) : requests.refused(answer);
            }
            sessions.checkDigest(answer, blob.digest());
        }
    }

    private Call withContent(String method, HttpUrl url) {
        return Call.of(method, url, Scope.push(repository))
                .with("Content-Type", "application/octet-stream")
                .with(new StoredContent())
                .once();
    }

    private void checkStored() throws IOException {
        long size =
                store.size(blob.digest())
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                "blob "
                                                        + blob.digest()
                                                        + " is not in the store: build or pull the image again"));
        if (size != blob.size()) {
            throw new IOException(
                    "blob "
                            + blob.digest()
                            + " has "
                            + size
                            + " bytes in the store where the manifest says "
                            + blob.size()
                            + ": build or pull the image again");
        }
    }

    private static boolean isDamaged(Answer answer) {
        return answer.status() == 400;
    }

    /// A registry that finds another digest is right, or the blob was damaged on its way.
    private IOException damaged(Answer answer) throws IOException {
        RegistryException refusal = requests.refused(answer);
        boolean digest =
                refusal.errors().stream()
                        .flatMap(document -> document.errors().stream())
                        .anyMatch(entry -> entry.code().equals(ErrorCode.DIGEST_INVALID.name()));
        if (!digest) {
            return refusal;
        }
        Digest actual = actualDigest();
        return actual.equals(blob.digest())
                ? refusal
                : new IOException(
                        "blob "
                                + blob.digest()
                                + " is damaged in the store, its content hashes to "
                                + actual
                                + ": remove it and build or pull the image again",
                        refusal);
    }

    private Digest actualDigest() throws IOException {
        var hash = blob.digest().algorithm().newHash();
        try (FileChannel content = store.open(blob.digest())) {
            ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
            while (content.read(buffer) >= 0) {
                hash.update(buffer.flip());
                buffer.clear();
            }
        }
        return Digest.finish(blob.digest().algorithm(), hash);
    }

    /// The blob, read from the store each time it is sent.
    private final class StoredContent implements Payload {
        @Override
        public OptionalLong length() {
            return OptionalLong.of(blob.size());
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            try (FileChannel content = store.open(blob.digest())) {
                ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
                long sent = 0;
                while (content.read(buffer) >= 0) {
                    buffer.flip();
                    sent += buffer.remaining();
                    while (buffer.hasRemaining()) {
                        out.write(buffer);
                    }
                    buffer.clear();
                    events.accept(new TransferEvent.Progress(blob, sent));
                }
            }
        }
    }
}
