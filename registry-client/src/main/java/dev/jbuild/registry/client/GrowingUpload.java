package dev.jbuild.registry.client;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.transport.Answer;
import dev.jbuild.registry.client.transport.Call;
import dev.jbuild.registry.client.transport.Payload;
import dev.jbuild.store.GrowingBlob;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import okhttp3.HttpUrl;

/// Sends a blob while it is being written: one PATCH of unknown length, and a PUT that tells its
/// digest.
final class GrowingUpload {
    private static final int BUFFER = 256 << 10;

    /// Sent at once: a trickle costs both ends far more.
    private static final int BURST = 4 << 20;

    private final Requests requests;
    private final UploadSessions sessions;
    private final GrowingBlob blob;
    private final BooleanSupplier wanted;

    GrowingUpload(
            Requests requests, UploadSessions sessions, GrowingBlob blob, BooleanSupplier wanted) {
        this.requests = requests;
        this.sessions = sessions;
        this.blob = blob;
        this.wanted = wanted;
    }

    void run() throws IOException, InterruptedException {
        HttpUrl session = sessions.start();
        try {
            session = patch(session);
            put(session);
        } catch (IOException e) {
            sessions.abandon(session);
            throw e;
        }
    }

    private HttpUrl patch(HttpUrl session) throws IOException, InterruptedException {
        Call call =
                Call.of("PATCH", session, Scope.push(sessions.repository()))
                        .with("Content-Type", "application/octet-stream")
                        .with(new Content())
                        .once();
        try (Answer answer = requests.send(call)) {
            if (answer.status() != 202) {
                throw requests.refused(answer);
            }
            return sessions.location(answer);
        }
    }

    private void put(HttpUrl session) throws IOException, InterruptedException {
        Digest digest = blob.digest().orElseThrow();
        HttpUrl url = UploadSessions.withDigest(session, digest);
        Call call = Call.of("PUT", url, Scope.push(sessions.repository())).once();
        try (Answer answer = requests.send(call)) {
            if (!answer.isSuccess()) {
                throw requests.refused(answer);
            }
            sessions.checkDigest(answer, digest);
        }
    }

    /// What is there, and what comes.
    private final class Content implements Payload {
        private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);

        @Override
        public OptionalLong length() {
            return OptionalLong.empty();
        }

        @Override
        public void writeTo(WritableByteChannel out) throws IOException {
            long position = 0;
            try {
                while (blob.await(position + BURST) > position) {
                    if (!wanted.getAsBoolean()) {
                        throw new IOException("the upload was given up");
                    }
                    position += send(position, out);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while a blob was sent");
            }
        }

        private int send(long position, WritableByteChannel out)
                throws IOException, InterruptedException {
            int sent = 0;
            while (sent < BURST) {
                int read = blob.read(buffer.clear(), position + sent);
                if (read < 0) {
                    break;
                }
                buffer.flip();
                while (buffer.hasRemaining()) {
                    out.write(buffer);
                }
                sent += read;
            }
            return sent;
        }
    }
}
