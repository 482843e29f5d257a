package dev.jbuild.registry.client.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is tried again, when, and when no more.
class RetryTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final List<Duration> pauses = new ArrayList<>();

    @ParameterizedTest
    @ValueSource(ints = {408, 425, 429, 499, 500, 502, 503, 504, 520, 524})
    void passing_trouble_is_tried_again(int status) {
        assertTrue(Retry.isTransient(status));
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 202, 301, 400, 401, 403, 404, 405, 409, 413, 416, 501})
    void other_answers_stand(int status) {
        assertFalse(Retry.isTransient(status));
    }

    @Test
    void broken_connection_is_tried_again() {
        assertTrue(Retry.isTransient(new SocketException("Connection reset"), false));
        assertTrue(Retry.isTransient(new EOFException(), false));
        assertTrue(
                Retry.isTransient(
                        new IOException("unexpected end of stream on http://x/..."), false));
        assertTrue(Retry.isTransient(new ProtocolException("unexpected end of stream"), false));
    }

    @Test
    void registry_that_was_never_there_is_not_asked_again() {
        assertFalse(Retry.isTransient(new ConnectException("refused"), false));
        assertTrue(Retry.isTransient(new ConnectException("refused"), true));
    }

    @Test
    void failures_that_stay_are_not_tried_again() {
        assertFalse(Retry.isTransient(new UnknownHostException("x"), true));
        assertFalse(Retry.isTransient(new ProtocolException("Unexpected status line: x"), true));
        SSLHandshakeException untrusted = new SSLHandshakeException("x");
        untrusted.initCause(new CertificateException("x"));
        assertFalse(Retry.isTransient(untrusted, true));
    }

    @Test
    void retry_after_is_seconds_or_a_date() {
        assertEquals(Optional.of(Duration.ofMinutes(2)), Retry.parse("120", NOW));
        assertEquals(
                Optional.of(Duration.ofSeconds(90)),
                Retry.parse("Thu, 01 Jan 2026 00:01:30 GMT", NOW));
    }

    @Test
    void date_that_is_over_is_no_pause() {
        assertEquals(Optional.of(Duration.ZERO), Retry.parse("Wed, 31 Dec 2025 23:00:00 GMT", NOW));
    }

    @Test
    void other_retry_after_is_as_good_as_none() {
        assertEquals(Optional.empty(), Retry.parse("soon", NOW));
        assertEquals(Optional.empty(), Retry.parse("-1", NOW));
        assertEquals(Optional.empty(), Retry.parse("99999999999", NOW));
    }

    @Test
    void pauses_double_and_are_never_longer_than_that() throws Exception {
        Retry retry = retry(5, Duration.ofMillis(8), Duration.ofSeconds(1));
        while (retry.again(503, Optional.empty())) {}
        assertEquals(4, pauses.size());
        for (int i = 0; i < 4; i++) {
            long full = 8L << i;
            long pause = pauses.get(i).toMillis();
            assertTrue(pause >= full / 2 && pause <= full, pauses.toString());
        }
    }

    @Test
    void progress_begins_a_new_count() throws Exception {
        Retry retry = retry(2, Duration.ofMillis(1), Duration.ofSeconds(1));
        assertTrue(retry.again(503, Optional.empty()));
        retry.progressed();
        assertTrue(retry.again(503, Optional.empty()));
        assertFalse(retry.again(503, Optional.empty()));
    }

    @Test
    void pause_that_goes_past_the_deadline_is_not_begun() throws Exception {
        Retry retry = retry(5, Duration.ofMillis(1), Duration.ofSeconds(1));
        assertFalse(retry.again(429, Optional.of("2")));
        assertEquals(List.of(), pauses);
    }

    @Test
    void pause_asked_of_one_holds_all_back() throws Exception {
        Pace pace = new Pace();
        long start = System.nanoTime();
        pace.pause(Duration.ofMillis(50));
        pace.await();
        assertTrue(System.nanoTime() - start >= Duration.ofMillis(50).toNanos());
    }

    private Retry retry(int attempts, Duration first, Duration deadline) {
        return new Retry(
                new RetryPolicy(attempts, first, Duration.ofMillis(100), deadline),
                new Pace(),
                (_, pause) -> pauses.add(pause));
    }
}
