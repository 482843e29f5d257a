package dev.jbuild.builder.exec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps the runtime's own messages out of the program's output, which is on the same stream: a
/// runtime that fails writes into its log, too, what it says, and then there is no program's
/// output. It may write the log last, so the first line is held back until it is known whose it is:
/// until there is another, the runtime has ended, or a moment has passed.
final class RuntimeOutput implements OutputSink {
    private static final int MOST_MESSAGES = 8; // no program has run before these
    private static final Duration HELD = Duration.ofMillis(200);

    private final Bundle bundle;
    private final OutputSink program;
    private final ReentrantLock lock = new ReentrantLock();
    private int lines;
    private @Nullable String first;
    private @Nullable String held;

    RuntimeOutput(Bundle bundle, OutputSink program) {
        this.bundle = bundle;
        this.program = program;
    }

    @Override
    public void line(String line) {
        lock.lock();
        try {
            lines++;
            if (first == null) {
                first = line;
                held = line;
                Thread.ofVirtual().name("first line").start(this::releaseLater);
                return;
            }
            release();
            if (lines > MOST_MESSAGES || !isMessage()) {
                program.line(line);
            }
        } finally {
            lock.unlock();
        }
    }

    /// To be called when the runtime has ended.
    void end() {
        lock.lock();
        try {
            release();
        } finally {
            lock.unlock();
        }
    }

    /// The first line of all, which may be a message of what comes before the runtime.
    Optional<String> first() {
        return Optional.ofNullable(first);
    }

    private void releaseLater() {
        try {
            Thread.sleep(HELD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        end();
    }

    private void release() {
        String line = held;
        held = null;
        if (line != null && !isMessage()) {
            program.line(line);
        }
    }

    private boolean isMessage() {
        try {
            return bundle.error().isPresent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
