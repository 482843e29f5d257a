package dev.jbuild.registry.server;

import dev.jbuild.registry.server.storage.UploadSessions;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/// What a server does from time to time: it removes abandoned uploads.
final class Housekeeping {
    private static final Duration PAUSE = Duration.ofMinutes(10);

    private final UploadSessions uploads;
    private final Duration uploadAge;
    private final Consumer<Exception> failures;
    private final Thread thread;

    Housekeeping(UploadSessions uploads, Duration uploadAge, Consumer<Exception> failures) {
        this.uploads = uploads;
        this.uploadAge = uploadAge;
        this.failures = failures;
        this.thread = Thread.ofVirtual().name("housekeeping").start(this::run);
    }

    void stop() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }

    private void run() {
        try {
            while (true) {
                Thread.sleep(PAUSE);
                expireUploads();
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    void expireUploads() {
        try {
            uploads.expire(uploadAge);
        } catch (IOException | RuntimeException e) {
            failures.accept(e); // tried again after the next pause
        }
    }
}
