package dev.jbuild.registry.client.transport;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;

/// The attempts of one operation: decides after each failure whether there is another one, and
/// waits for it. Used by one thread.
public final class Retry {
    /// The last ones are seen at proxies.
    private static final Set<Integer> TRANSIENT =
            Set.of(408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524);

    private final RetryPolicy policy;
    private final Pace pace;
    private final BiConsumer<String, Duration> waiting;
    private int failures;
    private Duration waited = Duration.ZERO;

    Retry(RetryPolicy policy, Pace pace, BiConsumer<String, Duration> waiting) {
        this.policy = policy;
        this.pace = pace;
        this.waiting = waiting;
    }

    /// After an answer with an error status.
    ///
    /// @param retryAfter the header of that name
    /// @return whether to try again; if so the pause is over
    public boolean again(int status, Optional<String> retryAfter) throws InterruptedException {
        if (!isTransient(status)) {
            return false;
        }
        Optional<Duration> asked = retryAfter.flatMap(text -> parse(text, Instant.now()));
        String why = "the registry answered " + status;
        return again(why, asked);
    }

    /// After a failure of the connection.
    ///
    /// @param reached whether the registry has ever answered; one that never did is not asked again
    /// @return whether to try again; if so the pause is over
    public boolean again(IOException failure, boolean reached) throws InterruptedException {
        return isTransient(failure, reached)
                && again("the connection broke: " + failure.getMessage(), Optional.empty());
    }

    /// Forgets the failures so far: there was progress since.
    public void progressed() {
        failures = 0;
    }

    private boolean again(String why, Optional<Duration> asked) throws InterruptedException {
        failures++;
        Duration pause = asked.orElseGet(this::backoff);
        if (failures >= policy.attempts() || waited.plus(pause).compareTo(policy.deadline()) > 0) {
            return false;
        }
        asked.ifPresent(pace::pause);
        waited = waited.plus(pause);
        waiting.accept(why, pause);
        Thread.sleep(pause);
        return true;
    }

    /// Doubles with each failure; a random part keeps clients that failed together apart.
    private Duration backoff() {
        long full = policy.firstPause().toMillis() << Math.min(failures - 1, 20);
        long capped = Math.max(1, Math.min(full, policy.longestPause().toMillis()));
        return Duration.ofMillis(capped / 2 + ThreadLocalRandom.current().nextLong(capped / 2 + 1));
    }

    static boolean isTransient(int status) {
        return TRANSIENT.contains(status);
    }

    static boolean isTransient(IOException failure, boolean reached) {
        return switch (failure) {
            case ConnectException _ -> reached;
            case NoRouteToHostException _ -> reached;
            case SocketTimeoutException _ -> reached;
            case SocketException _ -> true;
            case EOFException _ -> true;
            case SSLException ssl ->
                    ssl.getCause() instanceof SocketException
                            || ssl.getCause() instanceof EOFException;
            case ProtocolException protocol -> isCutOff(protocol);
            default -> isCutOff(failure);
        };
    }

    /// OkHttp's words for a connection that was closed too early.
    private static boolean isCutOff(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.startsWith("unexpected end of stream")
                || message.equals("Connection closed")
                || message.startsWith("stream was reset");
    }

    /// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
    static Optional<Duration> parse(String retryAfter, Instant now) {
        String text = retryAfter.strip();
        if (text.matches("[0-9]{1,9}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Instant date =
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            return Optional.of(date.isBefore(now) ? Duration.ZERO : Duration.between(now, date));
        } catch (DateTimeParseException e) {
            return Optional.empty(); // as if the registry had not said when
        }
    }
}
