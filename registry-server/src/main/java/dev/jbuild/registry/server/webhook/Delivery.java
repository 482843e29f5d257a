package dev.jbuild.registry.server.webhook;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.registry.server.storage.Outbox;
import dev.jbuild.registry.server.storage.Outbox.Waiting;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Delivers the events of one webhook, one after the other. A receiver that can't be reached or is
/// in trouble is left alone for a while, longer each time; an event that it refuses waits by
/// itself, and the others go on.
final class Delivery {
    /// How many wait for one receiver at most; beyond that the oldest are dropped.
    static final int MOST_WAITING = 100_000;

    private static final int AT_ONCE = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final long LONGEST_PAUSE = Duration.ofMinutes(5).toMillis();
    private static final long REFUSED_PAUSE = Duration.ofMinutes(1).toMillis();
    private static final long LONGEST_REFUSED_PAUSE = Duration.ofHours(1).toMillis();
    private static final long IDLE = Duration.ofMinutes(1).toMillis();

    private final Webhook webhook;
    private final Outbox outbox;
    private final HttpClient client;
    private final Outcomes outcomes;
    private final Consumer<Exception> failures;
    private final long firstPauseMillis;
    private final Bell bell = new Bell();
    private final Thread thread;
    private final AtomicReference<@Nullable CompletableFuture<?>> underWay =
            new AtomicReference<>();
    private int troubles;

    /// Counts what becomes of events.
    interface Outcomes {
        void count(String webhook, String outcome, int events);
    }

    private sealed interface Answer {
        record Taken() implements Answer {}

        /// This event is not wanted.
        record Refused(String why) implements Answer {}

        /// Nothing is taken just now.
        ///
        /// @param pauseMillis what the receiver asks for; 0: nothing
        record Trouble(String why, long pauseMillis) implements Answer {}
    }

    /// @param firstPauseMillis after the first trouble
    Delivery(
            Webhook webhook,
            Outbox outbox,
            HttpClient client,
            Outcomes outcomes,
            long firstPauseMillis,
            Consumer<Exception> failures) {
        this.webhook = webhook;
        this.outbox = outbox;
        this.client = client;
        this.outcomes = outcomes;
        this.firstPauseMillis = firstPauseMillis;
        this.failures = failures;
        this.thread = Thread.ofVirtual().name("webhook " + webhook.name()).start(this::run);
    }

    /// There may be something to deliver.
    void wake() {
        bell.ring();
    }

    /// Lets the request under way be cut off; its event stays.
    void stop() throws InterruptedException {
        bell.end();
        CompletableFuture<?> request = underWay.get();
        if (request != null) {
            request.cancel(true);
        }
        thread.join();
    }

    private void run() {
        try {
            while (!bell.hasEnded()) {
                bell.await(round());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /// @return after how many milliseconds to look again, if nobody calls
    private long round() throws InterruptedException {
        try {
            long now = System.currentTimeMillis();
            int dropped =
                    outbox.dropOld(webhook.name(), now - webhook.giveUp().toMillis(), MOST_WAITING);
            if (dropped > 0) {
                outcomes.count(webhook.name(), "dropped", dropped);
                failures.accept(
                        new IOException(
                                dropped
                                        + " events for webhook '"
                                        + webhook.name()
                                        + "' were dropped: they could not be delivered in time"));
            }
            List<Waiting> due = outbox.due(webhook.name(), now, AT_ONCE);
            long pause = due.isEmpty() ? 0 : deliver(due);
            if (pause > 0) {
                bell.silence(); // more events don't make the receiver well
                return pause;
            }
            return due.size() == AT_ONCE ? 0 : untilNext();
        } catch (IOException | RuntimeException e) {
            failures.accept(e);
            return trouble(0);
        }
    }

    private long untilNext() throws IOException {
        long wait = outbox.nextDue(webhook.name()) - System.currentTimeMillis();
        return Math.clamp(wait, 0, IDLE);
    }

    /// @return how long to leave the receiver alone; 0: not at all
    private long deliver(List<Waiting> due) throws IOException, InterruptedException {
        List<Long> taken = new ArrayList<>();
        try {
            for (Waiting event : due) {
                Answer answer = send(event);
                if (bell.hasEnded() && !(answer instanceof Answer.Taken)) {
                    return 0;
                }
                switch (answer) {
                    case Answer.Taken() -> {
                        taken.add(event.id());
                        troubles = 0;
                        outcomes.count(webhook.name(), "delivered", 1);
                    }
                    case Answer.Refused(String why) -> {
                        long pause =
                                backoff(REFUSED_PAUSE, LONGEST_REFUSED_PAUSE, event.attempts());
                        outbox.postpone(event.id(), System.currentTimeMillis() + pause);
                        outcomes.count(webhook.name(), "refused", 1);
                        if (event.attempts() == 0) {
                            tell(why);
                        }
                    }
                    case Answer.Trouble(String why, long asked) -> {
                        outcomes.count(webhook.name(), "failed", 1);
                        if (troubles == 0) {
                            tell(why);
                        }
                        return trouble(asked);
                    }
                }
            }
            return 0;
        } finally {
            if (!taken.isEmpty()) {
                outbox.remove(taken);
            }
        }
    }

    private Answer send(Waiting event) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<Void>> answer =
                client.sendAsync(request(event), HttpResponse.BodyHandlers.discarding());
        underWay.set(answer);
        if (bell.hasEnded()) {
            answer.cancel(true);
        }
        try {
            return answer(answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
        } catch (TimeoutException _) {
            return new Answer.Trouble("no answer in " + PATIENCE.toSeconds() + " seconds", 0);
        } catch (CancellationException _) {
            return new Answer.Trouble("the server was stopped", 0);
        } catch (ExecutionException e) {
            return new Answer.Trouble(String.valueOf(e.getCause()), 0);
        } finally {
            answer.cancel(true);
        }
    }

    private static Answer answer(HttpResponse<Void> response) {
        int status = response.statusCode();
        String why = "it answered with status " + status;
        if (status >= 200 && status < 300) {
            return new Answer.Taken();
        } else if (status >= 500 || status == 408 || status == 425 || status == 429) {
            Optional<String> after = response.headers().firstValue("Retry-After");
            return new Answer.Trouble(
                    why,
                    after.filter(text -> text.matches("\\d{1,5}"))
                            .map(text -> Math.min(LONGEST_PAUSE, Long.parseLong(text) * 1000))
                            .orElse(0L));
        } else if (status >= 300 && status < 400) {
            return new Answer.Refused(why + "; redirects are not followed");
        }
        return new Answer.Refused(why);
    }

    private HttpRequest request(Waiting event) throws IOException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(webhook.url())
                        .timeout(PATIENCE)
                        .header("Content-Type", CloudEvents.TYPE)
                        .header("User-Agent", "jbuild-registry")
                        .POST(HttpRequest.BodyPublishers.ofString(event.body()));
        if (webhook.secret().isPresent()) {
            String id = id(event.body());
            long seconds = System.currentTimeMillis() / 1000;
            Signature signature = Signature.read(webhook.secret().get());
            request.header("webhook-id", id)
                    .header("webhook-timestamp", Long.toString(seconds))
                    .header("webhook-signature", signature.of(id, seconds, event.body()));
        }
        return request.build();
    }

    private static String id(String body) throws IOException {
        try {
            return JsonMembers.parse("event", body.getBytes(StandardCharsets.UTF_8))
                    .text("id")
                    .orElseThrow();
        } catch (InvalidJsonException e) {
            throw new IOException("a stored event is damaged", e);
        }
    }

    private void tell(String why) {
        failures.accept(
                new IOException(
                        "webhook '"
                                + webhook.name()
                                + "' at "
                                + webhook.place()
                                + ": "
                                + why
                                + "; it is tried again for "
                                + webhook.giveUp().toHours()
                                + " hours"));
    }

    private long trouble(long askedMillis) {
        return Math.max(askedMillis, backoff(firstPauseMillis, LONGEST_PAUSE, troubles++));
    }

    /// Twice as long each time, and somewhere between half of that and all of it, so that receivers
    /// that come back aren't met by all senders at once.
    private static long backoff(long first, long longest, int times) {
        long pause = Math.min(longest, first << Math.min(times, 20));
        return pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    }

    /// Lets a thread wait for others.
    private static final class Bell {
        private boolean rung;
        private boolean ended;
        private boolean silent;

        synchronized void ring() {
            rung = true;
            notifyAll();
        }

        synchronized void end() {
            ended = true;
            notifyAll();
        }

        synchronized boolean hasEnded() {
            return ended;
        }

        /// The next wait takes its whole time, but for the end.
        synchronized void silence() {
            silent = true;
        }

        synchronized void await(long millis) throws InterruptedException {
            long until = System.nanoTime() + millis * 1_000_000;
            long left = millis;
            while (left > 0 && !ended && (silent || !rung)) {
                wait(left);
                left = (until - System.nanoTime()) / 1_000_000;
            }
            rung = false;
            silent = false;
        }
    }
}
