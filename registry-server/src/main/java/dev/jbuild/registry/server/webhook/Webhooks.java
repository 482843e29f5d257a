package dev.jbuild.registry.server.webhook;

import dev.jbuild.registry.server.storage.Outbox;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The deliveries of a server that runs. Redirects are not followed: whoever can make a receiver
/// answer with one could have events sent anywhere.
public final class Webhooks implements AutoCloseable {
    private static final long FIRST_PAUSE_MILLIS = 1000;

    private final HttpClient client;
    private final List<Delivery> deliveries;

    /// Counts what becomes of events: `delivered`, `refused`, `failed`, `dropped`.
    public interface Outcomes {
        void count(String webhook, String outcome, int events);
    }

    private Webhooks(HttpClient client, List<Delivery> deliveries) {
        this.client = client;
        this.deliveries = deliveries;
    }

    /// Begins with what was left by the server before. Events for webhooks that aren't there any
    /// more are dropped.
    ///
    /// @param failures told when a receiver begins not to take events
    public static Webhooks start(
            List<Webhook> webhooks,
            Outbox outbox,
            Outcomes outcomes,
            Consumer<Exception> failures) {
        return start(webhooks, outbox, outcomes, FIRST_PAUSE_MILLIS, failures);
    }

    static Webhooks start(
            List<Webhook> webhooks,
            Outbox outbox,
            Outcomes outcomes,
            long firstPauseMillis,
            Consumer<Exception> failures) {
        dropOthers(webhooks, outbox, failures);
        HttpClient client =
                HttpClient.newBuilder()
                        .connectTimeout(Duration.ofSeconds(5))
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .executor(Executors.newVirtualThreadPerTaskExecutor())
                        .build();
        return new Webhooks(
                client,
                webhooks.stream()
                        .map(
                                webhook ->
                                        new Delivery(
                                                webhook,
                                                outbox,
                                                client,
                                                outcomes::count,
                                                firstPauseMillis,
                                                failures))
                        .toList());
    }

    private static void dropOthers(
            List<Webhook> webhooks, Outbox outbox, Consumer<Exception> failures) {
        try {
            int dropped =
                    outbox.dropOthers(
                            webhooks.stream().map(Webhook::name).collect(Collectors.toSet()));
            if (dropped > 0) {
                failures.accept(
                        new IOException(
                                dropped
                                        + " events were dropped: their webhooks are not in the"
                                        + " configuration any more"));
            }
        } catch (IOException e) {
            failures.accept(e);
        }
    }

    /// There may be something to deliver.
    public void wake() {
        deliveries.forEach(Delivery::wake);
    }

    /// Cuts off requests under way; their events stay.
    @Override
    public void close() {
        try {
            for (Delivery delivery : deliveries) {
                delivery.stop();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        client.shutdownNow();
    }
}
