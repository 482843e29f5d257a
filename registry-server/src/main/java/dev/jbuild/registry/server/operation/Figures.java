package dev.jbuild.registry.server.operation;

import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StorageException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.ToLongFunction;

/// The figures of one server. Safe for use by several threads.
public final class Figures {
    /// The media type of [#text].
    public static final String TEXT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final PrometheusTextFormatWriter writer =
            PrometheusTextFormatWriter.builder().setIncludeCreatedTimestamps(false).build();
    private final Counter requests =
            Counter.builder()
                    .name("jbuild_registry_requests")
                    .help("Requests answered")
                    .labelNames("method", "endpoint", "status")
                    .register(registry);
    private final Histogram seconds =
            Histogram.builder()
                    .name("jbuild_registry_request_duration_seconds")
                    .help("Time from a request's head to its answer, without sending it")
                    .unit(Unit.SECONDS)
                    .labelNames("endpoint")
                    .classicOnly()
                    .classicUpperBounds(0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60)
                    .register(registry);
    private final Counter sent =
            Counter.builder()
                    .name("jbuild_registry_sent_bytes")
                    .help("Bytes of the bodies of answers")
                    .unit(Unit.BYTES)
                    .register(registry);
    private final Counter failures =
            Counter.builder()
                    .name("jbuild_registry_failures")
                    .help("Failures of the server or its disk, as in its log")
                    .register(registry);

    private final Counter refused =
            Counter.builder()
                    .name("jbuild_registry_connections_refused")
                    .help(
                            "Connections not let in (all: as many are open as may be; address: its"
                                    + " client has as many as it may), or ended for a flood of"
                                    + " frames (flood)")
                    .labelNames("reason")
                    .register(registry);

    private final Counter events =
            Counter.builder()
                    .name("jbuild_registry_webhook_events")
                    .help("Attempts to deliver events: delivered, refused, failed, dropped")
                    .labelNames("webhook", "outcome")
                    .register(registry);

    private final Counter scrubbedFiles =
            Counter.builder()
                    .name("jbuild_registry_scrubbed_files")
                    .help("Files read by scrubs on schedule")
                    .register(registry);
    private final Counter scrubbed =
            Counter.builder()
                    .name("jbuild_registry_scrubbed_bytes")
                    .help("Bytes of those")
                    .unit(Unit.BYTES)
                    .register(registry);
    private final Counter findings =
            Counter.builder()
                    .name("jbuild_registry_scrub_findings")
                    .help(
                            "What they found: damaged, missing, still_missing, stray; and of that"
                                    + " repaired, not_repaired")
                    .labelNames("kind")
                    .register(registry);
    private final Gauge scrubEnded =
            Gauge.builder()
                    .name("jbuild_registry_scrub_ended_timestamp_seconds")
                    .help("When the last one since the start ended; 0 if none has")
                    .register(registry);
    private final Gauge scrubWrong =
            Gauge.builder()
                    .name("jbuild_registry_scrub_wrong")
                    .help("What it left damaged or missing")
                    .register(registry);

    public Figures(Metadata metadata) {
        figure(
                "webhook_events_waiting",
                "Events that wait to be delivered",
                () -> metadata.outbox().count());
        total(metadata, "repositories", "Repositories", Metadata.Totals::repositories);
        total(metadata, "manifests", "Manifests", Metadata.Totals::manifests);
        total(metadata, "tags", "Tags", Metadata.Totals::tags);
        total(metadata, "blobs", "Contents, each counted once", Metadata.Totals::blobs);
        total(metadata, "stored_bytes", "Bytes of those on the disk", Metadata.Totals::bytes);
        GaugeWithCallback.builder()
                .name("jvm_memory_used_bytes")
                .help("Java heap in use")
                .callback(
                        callback -> {
                            Runtime runtime = Runtime.getRuntime();
                            callback.call((double) (runtime.totalMemory() - runtime.freeMemory()));
                        })
                .register(registry);
    }

    public void request(String method, String path, int status, long bytes, Duration took) {
        String endpoint = endpoint(path);
        requests.labelValues(known(method), endpoint, Integer.toString(status)).inc();
        seconds.labelValues(endpoint).observe(took.toNanos() / 1e9);
        sent.inc(bytes);
    }

    /// @param reason `all`, `address` or `flood`
    public void connectionRefused(String reason) {
        refused.labelValues(reason).inc();
    }

    /// @param open how many connections there are
    public void connections(IntSupplier open) {
        figure("connections", "Connections that are open", open::getAsInt);
    }

    /// @param outcome `delivered`, `refused`, `failed` or `dropped`
    public void webhook(String name, String outcome, int count) {
        events.labelValues(name, outcome).inc(count);
    }

    /// A scrub has read a piece of content.
    public void scrubbed(long bytes) {
        scrubbedFiles.inc();
        scrubbed.inc(bytes);
    }

    /// @param kind one of few
    public void scrubFound(String kind) {
        findings.labelValues(kind).inc();
    }

    /// @param wrong what is damaged or missing and was not repaired
    public void scrubEnded(long wrong) {
        scrubEnded.set(System.currentTimeMillis() / 1e3);
        scrubWrong.set((double) wrong);
    }

    public void failure() {
        failures.inc();
    }

    /// As Prometheus reads it.
    byte[] text() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        writer.write(out, registry.scrape());
        return out.toByteArray();
    }

    private interface Figure {
        long value() throws StorageException;
    }

    private void total(
            Metadata metadata, String name, String help, ToLongFunction<Metadata.Totals> figure) {
        figure(name, help, () -> figure.applyAsLong(metadata.totals()));
    }

    private void figure(String name, String help, Figure figure) {
        GaugeWithCallback.builder()
                .name("jbuild_registry_" + name)
                .help(help)
                .callback(
                        callback -> {
                            try {
                                callback.call((double) figure.value());
                            } catch (StorageException e) {
                                callback.call(Double.NaN); // told where it is asked for readiness
                            }
                        })
                .register(registry);
    }

    /// Few values, whatever clients send.
    private static String known(String method) {
        return switch (method) {
            case "GET", "HEAD", "PUT", "POST", "PATCH", "DELETE" -> method;
            default -> "other";
        };
    }

    private static String endpoint(String path) {
        if (path.contains("/manifests/")) {
            return "manifests";
        } else if (path.contains("/blobs/uploads")) {
            return "uploads";
        } else if (path.contains("/blobs/")) {
            return "blobs";
        } else if (path.endsWith("/tags/list")) {
            return "tags";
        } else if (path.contains("/referrers/")) {
            return "referrers";
        } else if (path.equals("/v2/") || path.equals("/v2")) {
            return "ping";
        }
        return path.equals("/token") ? "token" : "other";
    }
}
