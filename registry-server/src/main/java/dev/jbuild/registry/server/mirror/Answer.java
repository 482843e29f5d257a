package dev.jbuild.registry.server.mirror;

import dev.jbuild.registry.server.upkeep.Mirror;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// An answer whose body is read with a bound on the time between its bytes, and on all of it. The
/// caller closes it, which cuts off what was not read.
final class Answer implements AutoCloseable {
    /// Slower than this, and a transfer is given up.
    private static final long LEAST_BYTES_PER_SECOND = 32_000;

    private final HttpResponse<Flow.Publisher<List<ByteBuffer>>> response;
    private final Duration patience;
    private final Parts parts = new Parts();

    Answer(HttpResponse<Flow.Publisher<List<ByteBuffer>>> response, Duration patience) {
        this.response = response;
        this.patience = patience;
        response.body().subscribe(parts);
    }

    int status() {
        return response.statusCode();
    }

    HttpResponse<?> response() {
        return response;
    }

    /// Hands over the whole body.
    ///
    /// @param size about how many bytes are expected
    /// @throws IOException also if it takes too long, or the sink throws it
    void transferTo(Mirror.Sink sink, long size) throws IOException, InterruptedException {
        long most =
                patience.toNanos() + Duration.ofSeconds(size / LEAST_BYTES_PER_SECOND).toNanos();
        long waited = 0;
        while (true) {
            long before = System.nanoTime();
            Part part = parts.queue.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            waited += System.nanoTime() - before;
            switch (part) {
                case null ->
                        throw new TroubleException(
                                "it sent nothing for " + patience.toSeconds() + " seconds");
                case Part.Bytes(List<ByteBuffer> buffers) -> {
                    for (ByteBuffer buffer : buffers) {
                        sink.accept(buffer);
                    }
                    parts.subscription.join().request(1);
                }
                case Part.Failure(Throwable cause) ->
                        throw new TroubleException("the connection broke: " + cause.getMessage());
                case Part.End() -> {
                    return;
                }
            }
            if (waited > most) {
                throw new TroubleException(
                        "it sends less than " + LEAST_BYTES_PER_SECOND + " bytes per second");
            }
        }
    }

    /// The body of a small answer.
    ///
    /// @throws IOException if it is larger
    byte[] bytes(int limit) throws IOException, InterruptedException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        transferTo(
                buffer -> {
                    if (all.size() + buffer.remaining() > limit) {
                        throw new IOException("its answer is larger than " + limit + " bytes");
                    }
                    byte[] part = new byte[buffer.remaining()];
                    buffer.get(part);
                    all.writeBytes(part);
                },
                limit);
        return all.toByteArray();
    }

    @Override
    public void close() {
        var unused = parts.subscription.thenAccept(Flow.Subscription::cancel);
    }

    private sealed interface Part {
        record Bytes(List<ByteBuffer> buffers) implements Part {}

        record Failure(Throwable cause) implements Part {}

        record End() implements Part {}
    }

    /// Never more than one part of bytes waits, for the next is asked for when it was taken.
    private static final class Parts implements Flow.Subscriber<List<ByteBuffer>> {
        private final BlockingQueue<Part> queue = new LinkedBlockingQueue<>();
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            queue.add(new Part.Bytes(buffers));
        }

        @Override
        public void onError(Throwable cause) {
            queue.add(new Part.Failure(cause));
        }

        @Override
        public void onComplete() {
            queue.add(new Part.End());
        }
    }
}
