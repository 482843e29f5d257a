package dev.jbuild.registry.server.upkeep;

import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.UploadSessions;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// What a server does from time to time: it removes abandoned uploads, collects garbage and
/// keeps the journal short.
public final class Housekeeping {
    private final Metadata metadata;
    private final UploadSessions uploads;
    private final Duration uploadAge;
    private final GarbageCollector garbage;
    private final Duration pause;
    private final Consumer<Exception> failures;
    private final BooleanSupplier paused;
    private final Stop stop;
    private final Thread thread;

    /// @param pause between two rounds
    /// @param paused whether to do nothing just now
    /// @param stop ends it after its present step
    /// @param failures told of what went wrong; it is tried again after the next pause
    public Housekeeping(
            Metadata metadata,
            UploadSessions uploads,
            Duration uploadAge,
            GarbageCollector garbage,
            Duration pause,
            BooleanSupplier paused,
            Stop stop,
            Consumer<Exception> failures) {
        this.metadata = metadata;
        this.uploads = uploads;
        this.uploadAge = uploadAge;
        this.garbage = garbage;
        this.pause = pause;
        this.paused = paused;
        this.stop = stop;
        this.failures = failures;
        this.thread = Thread.ofVirtual().name("housekeeping").start(this::run);
    }

    /// Waits for the end of what goes on, which was asked to stop.
    public void join() throws InterruptedException {
        thread.join();
    }

    /// Does it now rather than after the pause.
    public void once() throws InterruptedException {
        expireUploads();
        collectGarbage();
        compactJournal();
    }

    private void run() {
        try {
            while (stop.pause(pause.toNanos())) {
                if (!paused.getAsBoolean()) {
                    once();
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void expireUploads() {
        try {
            uploads.expire(uploadAge);
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
        }
    }

    private void compactJournal() {
        try {
            metadata.compactJournal();
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
        }
    }

    private void collectGarbage() throws InterruptedException {
        try {
            garbage.collect(_ -> {}, stop);
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
        }
    }
}
