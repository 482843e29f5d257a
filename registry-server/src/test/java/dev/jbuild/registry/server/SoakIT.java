package dev.jbuild.registry.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.oci.Digest;
import dev.jbuild.registry.server.netty.TlsConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that pull and push by HTTP/1.1 and by HTTP/2, and clients that vanish in the middle of
/// either, for a while. Once all have gone, nothing of them is left. `-Djbuild.test.soak=600` for
/// ten minutes; each round's figures are in `target/soak`.
class SoakIT {
    private static final int SECONDS = Integer.getInteger("jbuild.test.soak", 15);
    private static final int ROUNDS = 5;
    private static final int CLIENTS = 4;
    private static final int LARGE = 4_000_000;
    private static final long MB = 1024 * 1024;
    private static final byte[] NOTHING = {};

    @TempDir Path directory;

    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong vanished = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> trouble = new AtomicReference<>();
    private final byte[] blob = Registry.random(LARGE);
    private final byte[] small = Registry.random(50_000);
    private Registry plain;
    private Registry encrypted;
    private SSLContext trust;

    /// What is in use when nobody is served.
    private record Use(long heap, long direct, long threads, long files) {
        @Override
        public String toString() {
            return String.format(
                    "heap %.1f MB, direct %.1f MB, %d threads, %d files",
                    (double) heap / MB, (double) direct / MB, threads, files);
        }
    }

    private interface Client {
        void talk(long until) throws Exception;
    }

    @BeforeEach
    void start() throws Exception {
        KeyStore server = Certificates.make(directory, "CN=localhost", "EC");
        TlsConfig tls =
                new TlsConfig(
                        Files.writeString(directory.resolve("cert"), Certificates.pem(server)),
                        Files.writeString(directory.resolve("key"), Certificates.keyPem(server)),
                        Optional.empty(),
                        false);
        trust = Certificates.trusting(server, Optional.empty());
        plain = new Registry(directory.resolve("plain"));
        encrypted =
                new Registry(directory.resolve("tls"), config -> config.withTls(Optional.of(tls)));
        plain.pushBlob("soak", blob);
        plain.pushBlob("soak", small);
        plain.pushImage("soak", "v1");
        try (HttpClient client = client(HttpClient.Version.HTTP_2)) {
            push(client, blob);
            push(client, small);
        }
    }

    @AfterEach
    void stop() {
        plain.close();
        encrypted.close();
    }

    @Test
    void nothing_is_left_of_clients_that_have_gone() throws Exception {
        List<String> figures = new ArrayList<>();
        long nanos = SECONDS * 1_000_000_000L / ROUNDS;
        round(nanos);
        round(nanos);
        Use before = idle();
        figures.add(before + ", after warming up");
        for (int round = 3; round <= ROUNDS; round++) {
            round(nanos);
            figures.add(idle() + ", " + requests + " requests, " + vanished + " vanished");
        }
        Use after = idle();
        Files.write(Path.of("target", "soak"), figures);
        assertTrue(
                requests.get() > 10 && vanished.get() > 10, "too few to say anything: " + figures);
        assertTrue(after.heap() < before.heap() * 1.2 + 12 * MB, figures.toString());
        assertTrue(after.direct() <= before.direct() + 12 * MB, figures.toString());
        assertTrue(after.threads() <= before.threads() + 6, figures.toString());
        assertTrue(after.files() <= before.files() + 6, figures.toString());
    }

    private void round(long nanos) throws Exception {
        long until = System.nanoTime() + nanos;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            for (Client client :
                    List.<Client>of(
                            this::talkPlainly,
                            this::vanishPlainly,
                            end -> talk(end, HttpClient.Version.HTTP_2),
                            end -> talk(end, HttpClient.Version.HTTP_1_1),
                            this::vanish)) {
                threads.add(Thread.startVirtualThread(() -> run(client, until)));
            }
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Throwable first = trouble.get();
        if (first != null) {
            throw new AssertionError(first);
        }
    }

    private void run(Client client, long until) {
        try {
            client.talk(until);
        } catch (Exception | AssertionError e) {
            trouble.compareAndSet(null, e);
        }
    }

    private void talkPlainly(long until) throws IOException {
        try (Wire wire = new Wire(plain.server.address())) {
            while (System.nanoTime() < until) {
                for (int i = 0; i < 20; i++) {
                    assertEquals(200, wire.send("GET", "/v2/soak/manifests/v1", NOTHING).status());
                    assertEquals(200, wire.send("HEAD", place(blob), NOTHING).status());
                }
                assertArrayEquals(small, wire.send("GET", place(small), NOTHING).body());
                byte[] fresh = Registry.random(10_000);
                String target = "/v2/soak/blobs/uploads/?digest=" + Digest.sha256(fresh);
                assertEquals(201, wire.send("POST", target, fresh).status());
                requests.addAndGet(42);
            }
        }
    }

    private static String place(byte[] bytes) {
        return "/v2/soak/blobs/" + Digest.sha256(bytes);
    }

    /// In the middle of what they get, of what they send, and of what they ask.
    private void vanishPlainly(long until) throws Exception {
        while (System.nanoTime() < until) {
            try (Wire wire = new Wire(plain.server.address())) {
                switch (ThreadLocalRandom.current().nextInt(3)) {
                    case 0 -> {
                        wire.raw(Wire.head("GET", place(blob)) + "\r\n");
                        Thread.sleep(ThreadLocalRandom.current().nextInt(5));
                    }
                    case 1 -> {
                        wire.raw(
                                Wire.head(
                                                "POST",
                                                "/v2/soak/blobs/uploads/?digest="
                                                        + Digest.sha256(blob))
                                        + "Content-Length: "
                                        + LARGE
                                        + "\r\n\r\n");
                        wire.raw(Arrays.copyOf(blob, 100_000));
                    }
                    default -> wire.raw("GET /v2/ HTTP/1.1\r\nHos");
                }
            }
            vanished.incrementAndGet();
        }
    }

    private void talk(long until, HttpClient.Version version) throws Exception {
        try (HttpClient client = client(version)) {
            while (System.nanoTime() < until) {
                for (int i = 0; i < 10; i++) {
                    HttpResponse<byte[]> answer = send(client, request(place(small)));
                    assertEquals(version, answer.version());
                    assertArrayEquals(small, answer.body());
                }
                push(client, Registry.random(10_000));
                requests.addAndGet(11);
            }
        }
    }

    private void vanish(long until) throws Exception {
        while (System.nanoTime() < until) {
            HttpClient client = client(HttpClient.Version.HTTP_2);
            try {
                List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    answers.add(
                            client.sendAsync(
                                    request(place(blob)).build(),
                                    HttpResponse.BodyHandlers.ofByteArray()));
                }
                answers.add(
                        client.sendAsync(upload(blob), HttpResponse.BodyHandlers.ofByteArray()));
                Thread.sleep(ThreadLocalRandom.current().nextInt(60));
                answers.getFirst().cancel(true);
            } finally {
                client.shutdownNow();
                client.awaitTermination(Duration.ofSeconds(20));
            }
            vanished.incrementAndGet();
        }
    }

    private HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder().sslContext(trust).version(version).build();
    }

    private HttpRequest.Builder request(String target) {
        int port = encrypted.server.address().getPort();
        return HttpRequest.newBuilder(URI.create("https://localhost:" + port + target));
    }

    private HttpRequest upload(byte[] bytes) {
        return request("/v2/soak/blobs/uploads/?digest=" + Digest.sha256(bytes))
                .header("Content-Type", "application/octet-stream")
                .POST(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
    }

    private void push(HttpClient client, byte[] bytes) throws Exception {
        assertEquals(
                201,
                client.send(upload(bytes), HttpResponse.BodyHandlers.ofByteArray()).statusCode());
    }

    private static HttpResponse<byte[]> send(HttpClient client, HttpRequest.Builder request)
            throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    /// Once nothing falls any more, for connections end after their clients.
    private static Use idle() throws Exception {
        Use least = use();
        for (int calm = 0; calm < 4; ) {
            Thread.sleep(250);
            Use now = use();
            boolean fell =
                    now.files() < least.files()
                            || now.threads() < least.threads()
                            || now.heap() + MB < least.heap();
            calm = fell ? 0 : calm + 1;
            least =
                    new Use(
                            Math.min(now.heap(), least.heap()),
                            Math.min(now.direct(), least.direct()),
                            Math.min(now.threads(), least.threads()),
                            Math.min(now.files(), least.files()));
        }
        return least;
    }

    private static Use use() throws IOException {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        return new Use(
                runtime.totalMemory() - runtime.freeMemory(),
                direct(),
                count(Path.of("/proc/self/task")),
                count(Path.of("/proc/self/fd")));
    }

    private static long direct() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }

    private static long count(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.count();
        }
    }
}
