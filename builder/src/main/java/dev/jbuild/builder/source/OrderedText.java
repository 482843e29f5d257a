package dev.jbuild.builder.source;

import dev.jbuild.oci.Digest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/// A [CacheText] whose values may still be worked out by other threads. They are added in the order
/// in which they were named. Used by one thread.
final class OrderedText {
    /// The most values that wait for one before them.
    private static final int MOST_WAITING = 4096;

    private final CacheText text = new CacheText();
    private final Deque<Part> waiting = new ArrayDeque<>();

    private sealed interface Part {
        record Known(String name, String value) implements Part {}

        record Awaited(String name, Future<Digest> value) implements Part {}
    }

    OrderedText add(String name, String value) {
        if (waiting.isEmpty()) {
            text.add(name, value);
        } else {
            waiting.add(new Part.Known(name, value));
        }
        return this;
    }

    /// @throws IOException if working out a value failed
    void add(String name, Future<Digest> value) throws IOException {
        waiting.add(new Part.Awaited(name, value));
        take(MOST_WAITING);
    }

    /// Waits until nobody works on any value, whatever comes of it.
    void settle() {
        boolean interrupted = false;
        for (Part part : waiting) {
            while (part instanceof Part.Awaited awaited && !awaited.value().isDone()) {
                try {
                    awaited.value().get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    break; // told when the value is taken
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Waits for all values and ends it.
    ///
    /// @throws IOException if working out a value failed
    Digest digest() throws IOException {
        take(0);
        return text.digest();
    }

    /// Adds what is known, and waits until there are no more than `left`.
    private void take(int left) throws IOException {
        while (!waiting.isEmpty()) {
            switch (waiting.getFirst()) {
                case Part.Known(String name, String value) -> text.add(name, value);
                case Part.Awaited(String name, Future<Digest> value) -> {
                    if (waiting.size() <= left && !value.isDone()) {
                        return;
                    }
                    text.add(name, get(value).hex());
                }
            }
            waiting.removeFirst();
        }
    }

    private static Digest get(Future<Digest> value) throws IOException {
        try {
            return value.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while files were hashed");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException cause -> throw cause;
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
