package dev.jbuild.registry.server.access;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Issuers that don't answer as they should.
class WorkloadTokensTest {
    private static KeyPair pair;

    private final Clock clock = new Clock();

    @TempDir Path directory;

    @BeforeAll
    static void make_a_key() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        pair = generator.generateKeyPair();
    }

    /// Sends the head of an answer and then a byte now and then, without end.
    private static final class Dripping implements AutoCloseable {
        private final ServerSocket socket =
                new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final CountDownLatch asked = new CountDownLatch(1);

        Dripping() throws IOException {
            Thread.ofVirtual().start(this::accept);
        }

        String issuer() {
            return "http://127.0.0.1:" + socket.getLocalPort();
        }

        private void accept() {
            try {
                while (true) {
                    Socket client = socket.accept();
                    Thread.ofVirtual().start(() -> drip(client));
                }
            } catch (IOException _) {
                // closed
            }
        }

        private void drip(Socket client) {
            try (client) {
                client.getOutputStream()
                        .write(
                                "HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n{"
                                        .getBytes(US_ASCII));
                asked.countDown();
                while (!socket.isClosed()) {
                    client.getOutputStream().write(' ');
                    Thread.sleep(50);
                }
            } catch (IOException | InterruptedException _) {
                // it has had enough
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void issuer_whose_answer_never_ends_is_given_up() throws Exception {
        try (Dripping issuer = new Dripping()) {
            WorkloadTokens tokens = new WorkloadTokens(clock, Duration.ofMillis(300));
            Workload workload = workload(issuer.issuer(), Optional.empty());
            Jwt token = token(issuer.issuer());
            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () ->
                            assertThrows(
                                    InvalidTokenException.class,
                                    () -> tokens.verify(token, List.of(workload))));
        }
    }

    @Test
    void workloads_of_other_issuers_do_not_wait_for_one_that_stalls() throws Exception {
        try (Dripping stalling = new Dripping()) {
            WorkloadTokens tokens = new WorkloadTokens(clock, Duration.ofMinutes(5));
            Workload slow = workload(stalling.issuer(), Optional.empty());
            Workload quick = workload("https://ci.example", Optional.of(keys()));
            List<Workload> workloads = List.of(slow, quick);
            Jwt slowToken = token(stalling.issuer());
            Thread waiting =
                    Thread.ofVirtual()
                            .start(new FutureTask<>(() -> tokens.verify(slowToken, workloads)));
            try {
                assertTrue(stalling.asked.await(20, TimeUnit.SECONDS));
                Jwt token = token("https://ci.example");
                Principal principal =
                        assertTimeoutPreemptively(
                                Duration.ofSeconds(20), () -> tokens.verify(token, workloads));
                assertEquals("workload:ci", principal.toString());
            } finally {
                waiting.interrupt();
                waiting.join();
            }
        }
    }

    @Test
    void key_that_is_known_counts_while_its_source_is_asked_again() throws Exception {
        Path source = Path.of(keys());
        WorkloadTokens tokens = new WorkloadTokens(clock, Duration.ofMinutes(5));
        List<Workload> workloads =
                List.of(workload("https://ci.example", Optional.of(source.toString())));
        Jwt token = token("https://ci.example");
        tokens.verify(token, workloads);
        clock.pass(Duration.ofMinutes(61));
        Files.delete(source);
        assertEquals(0, new ProcessBuilder("mkfifo", source.toString()).start().waitFor());
        Thread refreshing =
                Thread.ofPlatform()
                        .daemon()
                        .start(new FutureTask<>(() -> tokens.verify(token, workloads)));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (refreshing.getState() != Thread.State.RUNNABLE || !isOpening(refreshing)) {
            assertTrue(System.nanoTime() < deadline, "nobody asks the source again");
            Thread.sleep(10);
        }
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> tokens.verify(token, workloads));
        Files.writeString(source, "{}"); // lets the one that refreshes go on
        refreshing.join();
    }

    @Test
    void issuer_that_did_not_answer_is_asked_again_after_a_minute() throws Exception {
        Path source = Path.of(keys());
        WorkloadTokens tokens = new WorkloadTokens(clock, Duration.ofMinutes(5));
        List<Workload> workloads =
                List.of(workload("https://ci.example", Optional.of(source.toString())));
        Jwt token = token("https://ci.example");
        tokens.verify(token, workloads);
        clock.pass(Duration.ofMinutes(61));
        Files.delete(source);
        tokens.verify(token, workloads); // with the key from before
        String withdrawn = Files.readString(Path.of(keys())).replace("\"k\"", "\"other\"");
        Files.writeString(source, withdrawn);
        clock.pass(Duration.ofSeconds(59));
        tokens.verify(token, workloads);
        clock.pass(Duration.ofSeconds(2));
        assertThrows(InvalidTokenException.class, () -> tokens.verify(token, workloads));
    }

    private static boolean isOpening(Thread thread) {
        return List.of(thread.getStackTrace()).toString().contains("readAllBytes");
    }

    private static Workload workload(String issuer, Optional<String> keys) {
        return new Workload("ci", issuer, "registry", keys, Map.of("sub", "x"), Set.of());
    }

    private String keys() throws IOException {
        RSAPublicKey known = (RSAPublicKey) pair.getPublic();
        Path keys = directory.resolve("keys.json");
        Files.writeString(
                keys,
                "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"k\",\"n\":\""
                        + base64(known.getModulus().toByteArray())
                        + "\",\"e\":\"AQAB\"}]}");
        return keys.toString();
    }

    private Jwt token(String issuer) throws Exception {
        long expires = clock.instant().getEpochSecond() + 36_000;
        String signed =
                base64("{\"alg\":\"RS256\",\"kid\":\"k\"}".getBytes(UTF_8))
                        + "."
                        + base64(
                                ("{\"iss\":\""
                                                + issuer
                                                + "\",\"sub\":\"x\",\"aud\":\"registry\",\"exp\":"
                                                + expires
                                                + "}")
                                        .getBytes(UTF_8));
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(pair.getPrivate());
        signature.update(signed.getBytes(UTF_8));
        return Jwt.parse(signed + "." + base64(signature.sign()));
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
