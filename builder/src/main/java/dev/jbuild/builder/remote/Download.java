package dev.jbuild.builder.remote;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.client.network.CertificateFileException;
import dev.jbuild.registry.client.network.Network;
import dev.jbuild.store.BlobWriter;
import dev.jbuild.store.DigestMismatchException;
import dev.jbuild.store.DirectoryBlobStore;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;
import okhttp3.Response;

/// Fetches one file from a web server into the store, hashing it on the way.
final class Download {
    private static final int BUFFER = 256 << 10;
    private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

    private final DirectoryBlobStore blobs;
    private final Limits limits;
    private final Network network;

    Download(DirectoryBlobStore blobs, Limits limits, Network network) {
        this.blobs = blobs;
        this.limits = limits;
        this.network = network;
    }

    /// @param known what the server said last time, if it is to be asked whether that still holds
    /// @param expected what the content must be
    /// @throws DigestMismatchException if it is something else; nothing is kept then
    Answered get(String url, Optional<Answered> known, Optional<Digest> expected)
            throws IOException, InterruptedException {
        Duration pause = limits.firstPause();
        for (int attempt = 1; ; attempt++) {
            try {
                return attempt(url, known, expected);
            } catch (PassingException e) {
                if (attempt >= limits.attempts()) {
                    throw failure(url, e.failure());
                }
            }
            Thread.sleep(pause);
            pause = pause.multipliedBy(2);
        }
    }

    private Answered attempt(String url, Optional<Answered> known, Optional<Digest> expected)
            throws IOException, InterruptedException {
        try (Response response = send(url, known)) {
            if (response.code() == 304 && known.isPresent()) {
                return known.get();
            }
            if (response.code() != 200 && response.code() != 203) {
                throw refused(url, response.code());
            }
            Optional<String> etag = header(response, "ETag");
            Optional<String> lastModified = header(response, "Last-Modified");
            if (known.isPresent() && isSame(known.get(), etag)) {
                // It takes no conditions, but says that nothing changed.
                return known.get();
            }
            return new Answered(store(url, response, expected), etag, lastModified);
        }
    }

    private Response send(String url, Optional<Answered> known)
            throws IOException, InterruptedException {
        Map<String, String> headers = new LinkedHashMap<>();
        if (known.isPresent()) {
            known.get().etag().ifPresent(tag -> headers.put("If-None-Match", tag));
            known.get()
                    .lastModified()
                    .filter(time -> known.get().etag().isEmpty())
                    .ifPresent(time -> headers.put("If-Modified-Since", time));
        }
        try {
            return new WebRequest(limits, network).send(url, headers);
        } catch (RemoteException | ProtocolException e) {
            throw e instanceof RemoteException ? e : failure(url, e);
        } catch (IOException e) {
            throw passingOrNot(url, e);
        }
    }

    private static boolean isSame(Answered known, Optional<String> etag) {
        return etag.isPresent() && etag.equals(known.etag()) && !etag.get().startsWith("W/");
    }

    private Digest store(String url, Response response, Optional<Digest> expected)
            throws IOException, InterruptedException {
        long announced = response.body().contentLength();
        requireRoom(url, announced);
        try (BlobWriter writer = blobs.create()) {
            copy(url, response, writer);
            if (announced >= 0 && writer.size() != announced) {
                throw new PassingException(
                        new EOFException(writer.size() + " of " + announced + " bytes came"));
            }
            if (expected.isEmpty()) {
                return writer.commit();
            }
            writer.commit(expected.get());
            return expected.get();
        }
    }

    private void requireRoom(String url, long announced) throws IOException {
        if (announced > limits.size()) {
            throw tooLarge(url);
        }
        long free = Files.getFileStore(blobs.root()).getUsableSpace();
        if (announced > free) {
            throw new RemoteException(
                    WebAddress.shown(url),
                    "it has " + announced + " bytes, and the disk has room for " + free,
                    "make room (jbuild prune) and try again");
        }
    }

    private void copy(String url, Response response, BlobWriter writer)
            throws IOException, InterruptedException {
        InputStream in = response.body().byteStream();
        byte[] buffer = new byte[BUFFER];
        long windowStart = System.nanoTime();
        long windowBytes = 0;
        while (true) {
            int count = read(url, in, buffer);
            if (count < 0) {
                return;
            }
            if (writer.size() + count > limits.size()) {
                throw tooLarge(url);
            }
            writer.write(ByteBuffer.wrap(buffer, 0, count));
            windowBytes += count;
            long now = System.nanoTime();
            if (now - windowStart > limits.pace().toNanos()) {
                if (windowBytes < limits.leastPerPace()) {
                    throw new RemoteException(
                            WebAddress.shown(url),
                            "the server sends only "
                                    + windowBytes
                                    + " bytes in "
                                    + limits.pace().toSeconds()
                                    + " s",
                            "try again later, or take it from another server");
                }
                windowStart = now;
                windowBytes = 0;
            }
        }
    }

    private static int read(String url, InputStream in, byte[] buffer)
            throws IOException, InterruptedException {
        try {
            return in.read(buffer);
        } catch (IOException e) {
            throw passingOrNot(url, WebRequest.stopped(e));
        }
    }

    /// Whether another attempt may go better.
    private static IOException passingOrNot(String url, IOException e) {
        return e instanceof SSLException
                        || e instanceof UnknownHostException
                        || e instanceof CertificateFileException
                ? failure(url, e)
                : new PassingException(e);
    }

    private RemoteException tooLarge(String url) {
        return new RemoteException(
                WebAddress.shown(url),
                "it has more than " + limits.size() + " bytes, the most that ADD takes",
                "fetch it with RUN");
    }

    private static IOException refused(String url, int status) {
        RemoteException refused =
                new RemoteException(
                        WebAddress.shown(url),
                        "the server answered " + status + meaning(status),
                        remedy(status));
        return PASSING.contains(status) ? new PassingException(refused) : refused;
    }

    private static String meaning(int status) {
        return switch (status) {
            case 401 -> ": it wants a user and password, or does not accept them";
            case 403 -> ": not allowed";
            case 404, 410 -> ": there is no such file";
            case 429 -> ": too many requests";
            default -> status >= 500 ? ": it has a problem of its own" : "";
        };
    }

    private static String remedy(int status) {
        return switch (status) {
            case 404, 410 -> "check the URL";
            case 429 -> "try again later";
            default -> status >= 500 ? "try again later" : "";
        };
    }

    private static RemoteException failure(String url, IOException e) {
        if (e instanceof RemoteException told) {
            return told;
        }
        String problem =
                switch (e) {
                    case UnknownHostException _ -> "its host is not known";
                    case ConnectException _ -> "no connection to its server";
                    case SocketTimeoutException _ -> "no answer in time";
                    case SSLException _ -> "no trusted connection: " + e.getMessage();
                    case EOFException _ -> "it was cut off: " + e.getMessage();
                    default -> "the connection failed: " + e.getMessage();
                };
        return new RemoteException(
                        WebAddress.shown(url),
                        problem,
                        "check the URL and the network, and try again")
                .causedBy(e);
    }

    private static Optional<String> header(Response response, String name) {
        return Optional.ofNullable(response.header(name)).filter(value -> value.length() < 1024);
    }

    /// A failure that may be gone the next time.
    private static final class PassingException extends IOException {
        private static final long serialVersionUID = 1L;
        private final IOException failure;

        PassingException(IOException failure) {
            super(failure);
            this.failure = failure;
        }

        IOException failure() {
            return failure;
        }
    }
}
