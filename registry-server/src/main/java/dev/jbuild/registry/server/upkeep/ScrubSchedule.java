package dev.jbuild.registry.server.upkeep;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Scrubs from time to time. How far it came is kept in a file, so that a server that is started
/// again goes on there, and does not begin anew each time.
public final class ScrubSchedule {
    private static final Duration WHILE_PAUSED = Duration.ofMinutes(1);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(10);
    private static final long BETWEEN_NOTES_NANOS = 10_000_000_000L;

    private final Scrubber scrubber;
    private final ScrubPolicy policy;
    private final Path file;
    private final BooleanSupplier paused;
    private final Stop stop;
    private final Listener listener;
    private final Consumer<Exception> failures;
    private final Thread thread;

    /// Told of the rounds.
    public interface Listener {
        void found(Scrubber.Finding finding);

        /// @param bytes of one piece of content that was read
        void read(long bytes);

        /// @param summary for people
        /// @param wrong what is damaged or missing and was not repaired
        void ended(String summary, long wrong);
    }

    /// @param afterId what the round under way has read; 0 if none is
    /// @param endedMillis when the last one ended, since 1970; 0 if never
    private record Progress(long afterId, long endedMillis) {}

    /// @param file where to keep how far it came
    /// @param paused whether to do nothing just now
    /// @param stop ends it after its present step
    /// @param failures told of what went wrong; it is tried again later
    public ScrubSchedule(
            Scrubber scrubber,
            ScrubPolicy policy,
            Path file,
            BooleanSupplier paused,
            Stop stop,
            Listener listener,
            Consumer<Exception> failures) {
        this.scrubber = scrubber;
        this.policy = policy;
        this.file = file;
        this.paused = paused;
        this.stop = stop;
        this.listener = listener;
        this.failures = failures;
        this.thread = Thread.ofVirtual().name("scrub").start(this::run);
    }

    /// Waits for the end of what goes on, which was asked to stop.
    public void join() throws InterruptedException {
        thread.join();
    }

    private void run() {
        try {
            Duration wait = policy.every().isEmpty() ? Duration.ZERO : untilDue();
            while (policy.every().isPresent() && stop.pause(wait.toNanos())) {
                wait = paused.getAsBoolean() ? WHILE_PAUSED : round();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// @return how long to wait for the next one
    private Duration round() throws InterruptedException {
        ScrubReport report = new ScrubReport(_ -> {});
        Notes notes = new Notes(report);
        try {
            Progress before = progress();
            notes.position = before.afterId();
            notes.endedMillis = before.endedMillis();
            Scrubber.Scrubbed scrubbed =
                    scrubber.scrub(policy.bytesPerSecond(), before.afterId(), notes, stop);
            if (scrubbed.whole()) {
                keep(new Progress(0, System.currentTimeMillis()));
                listener.ended(report.summary(scrubbed), report.wrong());
            } else {
                keep(new Progress(notes.position, before.endedMillis()));
            }
            return untilDue();
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
            return AFTER_FAILURE;
        }
    }

    private Duration untilDue() {
        try {
            long due = progress().endedMillis() + policy.every().orElseThrow().toMillis();
            return Duration.ofMillis(Math.max(0, due - System.currentTimeMillis()));
        } catch (IOException e) {
            failures.accept(e);
            return AFTER_FAILURE;
        }
    }

    private Progress progress() throws IOException {
        try {
            JsonMembers members = JsonMembers.parse(file.toString(), Files.readAllBytes(file));
            return new Progress(members.requiredNumber("after"), members.requiredNumber("ended"));
        } catch (NoSuchFileException _) {
            return new Progress(0, 0);
        } catch (InvalidJsonException _) {
            return new Progress(
                    0, 0); // cut off by a crash: nothing is lost by a round from the start
        }
    }

    private void keep(Progress progress) throws IOException {
        Json json =
                Json.object()
                        .put("after", progress.afterId())
                        .put("ended", progress.endedMillis())
                        .build();
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, json.encode());
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
    }

    /// Notes down how far it came, now and then.
    private final class Notes implements Scrubber.Watcher {
        private final ScrubReport report;
        private long position;
        private long endedMillis;
        private long noted = System.nanoTime();

        Notes(ScrubReport report) {
            this.report = report;
        }

        @Override
        public void found(Scrubber.Finding finding) {
            report.found(finding);
            listener.found(finding);
        }

        @Override
        public void read(long id, long bytes) throws IOException {
            listener.read(bytes);
            position = id;
            if (System.nanoTime() - noted > BETWEEN_NOTES_NANOS) {
                keep(new Progress(position, endedMillis));
                noted = System.nanoTime();
            }
        }
    }
}
