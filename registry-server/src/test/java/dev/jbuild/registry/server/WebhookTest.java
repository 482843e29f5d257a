package dev.jbuild.registry.server;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.temporaryRedirect;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import dev.jbuild.oci.Digest;
import dev.jbuild.oci.JsonMembers;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.Accounts;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RetentionPolicy;
import dev.jbuild.registry.server.webhook.Hooks;
import dev.jbuild.registry.server.webhook.Webhook;
import dev.jbuild.registry.server.webhook.Webhook.Event;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Events of a registry as a receiver gets them.
class WebhookTest {
    private static final String SECRET = "not a secret of anybody else";
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir Path root;

    private final WireMockServer receiver = new WireMockServer(wireMockConfig().dynamicPort());
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private int port;

    @BeforeEach
    void start() {
        receiver.start();
        port = receiver.port();
        receiver.stubFor(post(anyUrl()).willReturn(ok()));
    }

    @AfterEach
    void stop() {
        receiver.stop();
    }

    @Test
    void push_move_and_deletes_are_told_in_their_order_as_cloud_events() throws Exception {
        Digest manifest;
        try (Registry registry = registry(hook())) {
            manifest = Digest.sha256(registry.pushImage("team/app", "v1"));
            registry.delete("/v2/team/app/manifests/v1");
            registry.delete("/v2/team/app/manifests/" + manifest);
            awaitEvents(4);
        }
        List<JsonMembers> events = events();
        assertEquals(
                List.of(
                        "dev.jbuild.registry.manifest.pushed team/app@" + manifest,
                        "dev.jbuild.registry.tag.pushed team/app:v1",
                        "dev.jbuild.registry.tag.deleted team/app:v1",
                        "dev.jbuild.registry.manifest.deleted team/app@" + manifest),
                lines(events));
        JsonMembers pushed = events.getFirst();
        assertEquals("1.0", pushed.requiredText("specversion"));
        assertEquals("https://registry.test", pushed.requiredText("source"));
        assertTrue(
                Instant.parse(pushed.requiredText("time")).isAfter(Instant.now().minusSeconds(60)));
        JsonMembers data = pushed.requiredObject("data");
        assertEquals("team/app", data.requiredText("repository"));
        assertEquals(manifest.toString(), data.requiredText("digest"));
        assertEquals("application/vnd.oci.image.manifest.v1+json", data.requiredText("mediaType"));
        JsonMembers tagged = events.get(1).requiredObject("data");
        assertEquals("v1", tagged.requiredText("tag"));
        assertEquals(manifest.toString(), tagged.requiredText("digest"));
        LoggedRequest request = requests().getFirst();
        assertEquals(
                "application/cloudevents+json; charset=utf-8", request.getHeader("Content-Type"));
    }

    @Test
    void only_the_events_and_repositories_that_were_asked_for_are_told() throws Exception {
        Webhook hook =
                new Webhook(
                        "some",
                        url("/hook"),
                        name -> name.value().startsWith("team/"),
                        EnumSet.of(Event.TAG),
                        Optional.empty(),
                        Duration.ofDays(1));
        try (Registry registry = registry(hook)) {
            registry.pushImage("other", "v1");
            registry.pushImage("team/app", "v2");
            awaitEvents(1);
        }
        assertEquals(List.of("dev.jbuild.registry.tag.pushed team/app:v2"), lines(events()));
    }

    @Test
    void requests_are_signed_with_id_and_time() throws Exception {
        Path secret = Files.writeString(root.resolve("hook.secret"), SECRET + "\n");
        try (Registry registry = registry(hook(Optional.of(secret), Duration.ofDays(1)))) {
            registry.pushImage("app", "v1");
            awaitEvents(2);
        }
        LoggedRequest request = requests().getFirst();
        String id = request.getHeader("webhook-id");
        assertEquals(id, events().getFirst().requiredText("id"));
        String time = request.getHeader("webhook-timestamp");
        assertTrue(Math.abs(Long.parseLong(time) - Instant.now().getEpochSecond()) < 60, time);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        byte[] signed =
                mac.doFinal(
                        (id + "." + time + "." + request.getBodyAsString())
                                .getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "v1," + Base64.getEncoder().encodeToString(signed),
                request.getHeader("webhook-signature"));
    }

    @Test
    void receiver_in_trouble_gets_everything_when_it_is_well_again() throws Exception {
        receiver.stubFor(
                post(anyUrl())
                        .inScenario("trouble")
                        .whenScenarioStateIs(STARTED)
                        .willReturn(aResponse().withStatus(503))
                        .willSetStateTo("well"));
        receiver.stubFor(
                post(anyUrl()).inScenario("trouble").whenScenarioStateIs("well").willReturn(ok()));
        try (Registry registry = registry(hook())) {
            registry.pushImage("app", "v1");
            registry.pushImage("app", "v2");
            awaitEvents(5);
            assertTrue(
                    failures.peek().contains("webhook 'ci' at http://localhost:"),
                    failures.toString());
            assertTrue(failures.peek().contains("status 503"), failures.toString());
            awaitMetric(registry, "jbuild_registry_webhook_events_waiting 0.0");
            assertTrue(
                    registry.get("/metrics")
                            .text()
                            .contains(
                                    "jbuild_registry_webhook_events_total{outcome=\"delivered\",webhook=\"ci\"} 4.0"));
        }
        assertEquals(4, ids().size());
    }

    @Test
    void refused_event_waits_and_the_others_go_on() throws Exception {
        receiver.stubFor(
                post(anyUrl())
                        .withRequestBody(containing("\"app:bad\""))
                        .willReturn(aResponse().withStatus(400)));
        try (Registry registry = registry(hook())) {
            registry.pushImage("app", "bad");
            registry.pushImage("app", "good");
            awaitEvents(4);
            awaitMetric(registry, "jbuild_registry_webhook_events_waiting 1.0");
        }
        assertTrue(lines(events()).contains("dev.jbuild.registry.tag.pushed app:good"));
    }

    @Test
    void redirects_are_not_followed() throws Exception {
        receiver.stubFor(post(urlEqualTo("/hook")).willReturn(temporaryRedirect("/elsewhere")));
        try (Registry registry = registry(hook())) {
            registry.pushImage("app", "v1");
            awaitEvents(2);
        }
        receiver.verify(0, postRequestedFor(urlEqualTo("/elsewhere")));
    }

    @Test
    void slow_receiver_holds_up_nobody() throws Exception {
        receiver.stubFor(any(anyUrl()).willReturn(ok().withFixedDelay(5000)));
        long start = System.nanoTime();
        try (Registry registry = registry(hook())) {
            for (int i = 0; i < 5; i++) {
                registry.pushImage("app", "v" + i);
            }
            assertTrue(System.nanoTime() - start < PATIENCE.toNanos());
        }
        try (Registry registry = registry(hook())) {
            awaitMetric(registry, "jbuild_registry_webhook_events_waiting 10.0");
        }
    }

    @Test
    void events_of_a_server_that_was_killed_are_delivered_by_the_next() throws Exception {
        receiver.stop();
        try (Registry registry = registry(hook())) {
            registry.pushImage("app", "v1");
            registry.pushImage("app", "v2");
            Path killed = Files.createDirectory(root.resolve("killed"));
            for (String part : List.of("metadata.db", "metadata.db-wal", "metadata.journal")) {
                Files.copy(root.resolve(part), killed.resolve(part)); // as a kill leaves them
            }
        }
        assertEquals(1, failures.size(), failures.toString());
        WireMockServer later = new WireMockServer(wireMockConfig().port(port));
        later.start();
        later.stubFor(post(anyUrl()).willReturn(ok()));
        try (Registry _ = registry(root.resolve("killed"), hook())) {
            await(() -> later.getAllServeEvents().size() == 4);
        } finally {
            later.stop();
        }
    }

    @Test
    void events_that_can_not_be_delivered_are_dropped_in_the_end_and_that_is_told()
            throws Exception {
        receiver.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(500)));
        Webhook impatient = hook(Optional.empty(), Duration.ofSeconds(1));
        try (Registry registry = registry(impatient)) {
            registry.pushImage("app", "v1");
            awaitMetric(registry, "jbuild_registry_webhook_events_waiting 0.0");
        }
        assertTrue(
                failures.stream().anyMatch(text -> text.startsWith("2 events for webhook 'ci'")),
                failures.toString());
    }

    @Test
    void events_of_a_webhook_that_is_not_there_any_more_are_dropped() throws Exception {
        receiver.stubFor(post(anyUrl()).willReturn(aResponse().withStatus(500)));
        try (Registry registry = registry(hook())) {
            registry.pushImage("app", "v1");
        }
        try (Registry registry = registry()) {
            awaitMetric(registry, "jbuild_registry_webhook_events_waiting 0.0");
        }
    }

    @Test
    void events_tell_who_acted_as_the_audit_log_does() throws Exception {
        Path audit = root.resolve("audit.log");
        String key;
        try (Accounts accounts =
                new Accounts(AccessConfig.of(root).accounts(), InstantSource.system())) {
            key = accounts.makeKey("robot:ci", List.of(), Optional.empty());
        }
        String login = "Bearer " + key;
        try (Registry registry =
                new Registry(
                        root,
                        config ->
                                config.withHooks(
                                                new Hooks("https://registry.test", List.of(hook())))
                                        .withGarbage(goingAtOnce())
                                        .withAccess(
                                                Optional.of(
                                                        AccessConfig.of(root)
                                                                .withAudit(audit, false))))) {
            byte[] index =
                    "{\"schemaVersion\":2,\"manifests\":[]}".getBytes(StandardCharsets.UTF_8);
            Wire.Reply reply =
                    registry.send(
                            "PUT",
                            "/v2/team/app/manifests/v1",
                            index,
                            "Content-Type",
                            "application/vnd.oci.image.index.v1+json",
                            "Authorization",
                            login);
            assertEquals(201, reply.status(), reply.text());
            awaitEvents(2);
            Thread.sleep(2);
            registry.server.upkeep(); // retention
            awaitEvents(3);
        }
        List<String> actors = new ArrayList<>();
        for (JsonMembers event : events()) {
            actors.add(
                    event.requiredText("type")
                            + " "
                            + event.requiredObject("data").requiredText("actor"));
        }
        assertEquals(
                List.of(
                        "dev.jbuild.registry.manifest.pushed robot:ci",
                        "dev.jbuild.registry.tag.pushed robot:ci",
                        "dev.jbuild.registry.tag.deleted registry:upkeep"),
                actors);
        String recorded = Files.readString(audit);
        assertTrue(recorded.contains("\"principal\":\"robot:ci\""), recorded);
        assertTrue(recorded.contains("\"principal\":\"registry:upkeep\""), recorded);
        for (LoggedRequest request : requests()) {
            assertTrue(!request.getBodyAsString().contains(key), "the key is in an event");
        }
    }

    /// Every tag, a moment after its push.
    private static GarbagePolicy goingAtOnce() {
        RetentionPolicy.Rule all =
                new RetentionPolicy.Rule(_ -> true, _ -> true, 0, Duration.ofMillis(1));
        return GarbagePolicy.DEFAULT.withRetention(
                new RetentionPolicy(List.of(all), (_, _) -> false));
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            assertTrue(System.nanoTime() < end, "not in " + PATIENCE);
            Thread.sleep(20);
        }
    }

    private void awaitEvents(int count) throws Exception {
        await(() -> receiver.getAllServeEvents().size() >= count);
    }

    private static void awaitMetric(Registry registry, String line) throws Exception {
        await(() -> registry.get("/metrics").text().contains(line));
    }

    private List<LoggedRequest> requests() {
        return receiver.findAll(postRequestedFor(anyUrl())).stream()
                .sorted(Comparator.comparing(LoggedRequest::getLoggedDate))
                .toList();
    }

    private List<JsonMembers> events() throws Exception {
        List<JsonMembers> events = new ArrayList<>();
        for (LoggedRequest request : requests()) {
            events.add(JsonMembers.parse("event", request.getBody()));
        }
        return events;
    }

    private Set<String> ids() throws Exception {
        Set<String> ids = new HashSet<>();
        for (JsonMembers event : events()) {
            ids.add(event.requiredText("id"));
        }
        return ids;
    }

    private static List<String> lines(List<JsonMembers> events) throws Exception {
        List<String> lines = new ArrayList<>();
        for (JsonMembers event : events) {
            lines.add(event.requiredText("type") + " " + event.requiredText("subject"));
        }
        return lines;
    }

    private URI url(String path) {
        return URI.create("http://localhost:" + port + path);
    }

    private Webhook hook() {
        return hook(Optional.empty(), Duration.ofDays(1));
    }

    private Webhook hook(Optional<Path> secret, Duration giveUp) {
        return new Webhook(
                "ci", url("/hook"), _ -> true, EnumSet.allOf(Event.class), secret, giveUp);
    }

    private Registry registry(Webhook... hooks) throws Exception {
        return registry(root, hooks);
    }

    private Registry registry(Path directory, Webhook... hooks) throws Exception {
        return new Registry(
                directory,
                config ->
                        config.withHooks(new Hooks("https://registry.test", List.of(hooks)))
                                .withFailures(failure -> failures.add("" + failure.getMessage())));
    }
}
