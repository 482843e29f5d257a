package dev.jbuild.registry.server.webhook;

import dev.jbuild.oci.Json;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.Change;
import dev.jbuild.registry.server.webhook.Webhook.Event;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Changes as CloudEvents 1.0 in the JSON format (structured mode).
public final class CloudEvents implements Announcer {
    /// The media type of an event.
    static final String TYPE = "application/cloudevents+json; charset=utf-8";

    private final List<Webhook> webhooks;
    private final String source;
    private final Runnable committed;

    /// @param source the registry's address, or what it is called
    /// @param committed told when there is something to deliver; must not block
    public CloudEvents(List<Webhook> webhooks, String source, Runnable committed) {
        this.webhooks = List.copyOf(webhooks);
        this.source = source;
        this.committed = committed;
    }

    @Override
    public List<Announcement> of(Change change, Optional<String> actor, long nowMillis) {
        Optional<Event> event = event(change);
        List<Announcement> all = new ArrayList<>();
        if (event.isPresent()) {
            for (Webhook webhook : webhooks) {
                if (webhook.events().contains(event.get())
                        && webhook.repositories().test(change.repository())) {
                    all.add(
                            new Announcement(
                                    webhook.name(), body(event.get(), change, actor, nowMillis)));
                }
            }
        }
        return all;
    }

    @Override
    public void committed() {
        committed.run();
    }

    private static Optional<Event> event(Change change) {
        return switch (change) {
            case Change.BlobLinked _, Change.BlobUnlinked _ -> Optional.empty();
            case Change.ManifestPut _ -> Optional.of(Event.PUSH);
            case Change.ManifestDeleted _ -> Optional.of(Event.DELETE);
            case Change.Tagged _ -> Optional.of(Event.TAG);
            case Change.Untagged _ -> Optional.of(Event.UNTAG);
        };
    }

    private String body(Event event, Change change, Optional<String> actor, long nowMillis) {
        Json.ObjectWriter data = Json.object().put("repository", change.repository().value());
        String subject =
                switch (change) {
                    case Change.BlobLinked c -> c.repository() + "@" + c.digest();
                    case Change.BlobUnlinked c -> c.repository() + "@" + c.digest();
                    case Change.ManifestPut c -> {
                        data.put("digest", c.digest().toString())
                                .put("mediaType", c.mediaType().value())
                                .put("size", c.size());
                        yield c.repository() + "@" + c.digest();
                    }
                    case Change.ManifestDeleted c -> {
                        data.put("digest", c.digest().toString());
                        yield c.repository() + "@" + c.digest();
                    }
                    case Change.Tagged c -> {
                        data.put("tag", c.tag().value()).put("digest", c.manifest().toString());
                        yield c.repository() + ":" + c.tag();
                    }
                    case Change.Untagged c -> {
                        data.put("tag", c.tag().value());
                        yield c.repository() + ":" + c.tag();
                    }
                };
        actor.ifPresent(name -> data.put("actor", name));
        Json body =
                Json.object()
                        .put("specversion", "1.0")
                        .put("id", UUID.randomUUID().toString())
                        .put("source", source)
                        .put("type", event.type())
                        .put("subject", subject)
                        .put("time", Instant.ofEpochMilli(nowMillis).toString())
                        .put("datacontenttype", "application/json")
                        .put("data", data.build())
                        .build();
        return new String(body.encode(), StandardCharsets.UTF_8);
    }
}
