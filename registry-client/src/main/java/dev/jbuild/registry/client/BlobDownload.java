package dev.jbuild.registry.client;

import dev.jbuild.oci.Descriptor;
import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Retry;
import dev.jbuild.registry.client.transport.Transport;
import dev.jbuild.registry.client.transport.Urls;
import dev.jbuild.store.BlobStore;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DigestMismatchException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import okhttp3.HttpUrl;

/// Fetches one blob into a store. When the connection breaks it goes on where it was; more than the
/// promised size is never read, and content of another digest is not kept.
final class BlobDownload {
    private static final int BUFFER = 256 << 10;
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-.*");

    private final Requests requests;
    private final Transport transport;
    private final RepositoryName repository;
    private final Descriptor blob;
    private final Consumer<TransferEvent> events;
    private Optional<String> etag = Optional.empty();

    BlobDownload(
            Requests requests,
            Transport transport,
            RepositoryName repository,
            Descriptor blob,
            Consumer<TransferEvent> events) {
        this.requests = requests;
        this.transport = transport;
        this.repository = repository;
        this.blob = blob;
        this.events = events;
    }

    void into(BlobStore store) throws IOException, InterruptedException {
        HttpUrl url = requests.url(repository + "/blobs/" + blob.digest());
        events.accept(new TransferEvent.Started(blob));
        try (BlobWriter writer = store.create()) {
            fill(writer, url);
            try {
                writer.commit(blob.digest());
            } catch (DigestMismatchException e) {
                throw new RegistryException(
                                request(url),
                                "the content hashes to " + e.actual() + ", not to its digest",
                                "it was damaged or tampered with in the registry or on its way: do not use it, tell who runs the registry")
                        .causedBy(e);
            }
        }
        events.accept(new TransferEvent.Finished(blob, TransferEvent.Outcome.TRANSFERRED));
    }

    private void fill(BlobWriter writer, HttpUrl url) throws IOException, InterruptedException {
        Retry retry = transport.retry();
        boolean complete = false;
        while (!complete) {
            long before = writer.size();
            try {
                fetchRest(writer, url);
                complete = true;
            } catch (NetworkException e) {
                if (writer.size() > before) {
                    retry.progressed();
                }
                if (!retry.again(e.failure(), true)) {
                    throw requests.failure("GET", url, e.failure());
                }
            }
        }
    }

    /// One request for what is still missing.
    private void fetchRest(BlobWriter writer, HttpUrl url)
            throws IOException, InterruptedException {
        long offset = writer.size();
        Call call = Call.of("GET", url, Scope.pull(repository));
        if (offset > 0) {
            call = call.with("Range", "bytes=" + offset + "-");
            if (etag.isPresent()) {
                call = call.with("If-Range", etag.get());
            }
        }
        try (Answer answer = requests.send(call)) {
            if (offset > 0 && offset == blob.size() && answer.status() == 416) {
                return; // nothing was missing but the end
            }
            if (!answer.isSuccess()) {
                throw answer.status() == 404 ? missing(answer) : requests.refused(answer);
            }
            etag = answer.header("ETag").filter(tag -> tag.startsWith("\""));
            long skip = answer.status() == 206 ? 0 : offset;
            if (answer.status() == 206) {
                checkRange(answer, offset);
            }
            copy(answer, skip, writer);
        }
    }

    private void copy(Answer answer, long skip, BlobWriter writer) throws IOException {
        InputStream in = answer.body();
        byte[] buffer = new byte[BUFFER];
        long toSkip = skip;
        while (true) {
            int read = read(in, buffer, toSkip);
            if (read < 0) {
                break;
            }
            if (toSkip > 0) {
                toSkip -= read;
                continue;
            }
            if (writer.size() + read > blob.size()) {
                throw new RegistryException(
                        requests.request(answer),
                        "the registry sends more than the " + blob.size() + " bytes promised",
                        "do not use the image, tell who runs the registry");
            }
            writer.write(ByteBuffer.wrap(buffer, 0, read));
            events.accept(new TransferEvent.Progress(blob, writer.size()));
        }
        if (writer.size() < blob.size()) {
            throw new NetworkException(
                    new EOFException(
                            "unexpected end of stream after "
                                    + writer.size()
                                    + " of "
                                    + blob.size()
                                    + " bytes"));
        }
    }

    /// @param toSkip bytes that are wanted no more; 0 if none
    private static int read(InputStream in, byte[] buffer, long toSkip) throws IOException {
        try {
            return in.read(
                    buffer, 0, toSkip > 0 ? (int) Math.min(buffer.length, toSkip) : buffer.length);
        } catch (IOException e) {
            throw new NetworkException(e);
        }
    }

    private void checkRange(Answer answer, long offset) throws RegistryException {
        String range = answer.header("Content-Range").orElse("");
        Matcher matcher = CONTENT_RANGE.matcher(range);
        if (!matcher.matches() || Long.parseLong(matcher.group(1)) != offset) {
            throw requests.broken(
                    answer,
                    "asked for the bytes from "
                            + offset
                            + " on, it sends the range '"
                            + requests.clean(range)
                            + "'");
        }
    }

    private RegistryException missing(Answer answer) {
        String urls = blob.urls().isEmpty() ? "" : "; it may be had from " + blob.urls().getFirst();
        return requests.refused(
                answer,
                Optional.of(
                        "the blob is not in '"
                                + repository
                                + "', though a manifest there names it"
                                + requests.clean(urls)),
                "push the image again");
    }

    private static RegistryException.Request request(HttpUrl url) {
        return new RegistryException.Request("GET", Urls.redact(url));
    }

    /// A failure of the connection, in contrast to one of the store.
    private static final class NetworkException extends IOException {
        private static final long serialVersionUID = 1L;
        private final IOException failure;

        NetworkException(IOException failure) {
            super(failure);
            this.failure = failure;
        }

        IOException failure() {
            return failure;
        }
    }
}
