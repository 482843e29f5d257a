package dev.jbuild.registry.server.access;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Verifies tokens that others issued for workloads (OpenID Connect Core 1.0, section 3.1.3.7).
/// Keys are fetched once an hour, and at most once a minute for a key that isn't known or after a
/// fetch that failed; until one succeeds, the keys from before count. An issuer
/// that doesn't answer keeps nobody waiting but those who need a key of its own that isn't known
/// yet. Safe for use by several threads.
final class WorkloadTokens {
    private static final Duration FRESH = Duration.ofHours(1);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Duration SKEW = Duration.ofSeconds(60);
    /// For all that is fetched from an issuer at a time, to the last byte.
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int LARGEST = 1 << 20;

    private final InstantSource clock;
    private final Duration patience;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .connectTimeout(PATIENCE)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
    private final Map<String, Source> sources = new ConcurrentHashMap<>();

    /// @param at when the keys came; of no meaning without keys
    /// @param tried when the issuer was asked last, whether or not keys came
    private record Fetched(Map<String, VerifyingKey> keys, Instant at, Instant tried) {}

    /// Where keys come from.
    private static final class Source {
        /// Held by the one who fetches.
        private final ReentrantLock fetching = new ReentrantLock();

        private volatile @Nullable Fetched fetched;
    }

    WorkloadTokens(InstantSource clock) {
        this(clock, PATIENCE);
    }

    /// @param patience with an issuer
    WorkloadTokens(InstantSource clock, Duration patience) {
        this.clock = clock;
        this.patience = patience;
    }

    /// The first of the workloads that the token is of.
    Principal verify(Jwt token, List<Workload> workloads)
            throws InvalidTokenException, InterruptedException {
        String issuer = token.text("iss").orElse("");
        List<Workload> issued = workloads.stream().filter(w -> w.issuer().equals(issuer)).toList();
        if (issued.isEmpty()) {
            throw new InvalidTokenException("no workload of the policy has the token's issuer");
        }
        long now = clock.instant().getEpochSecond();
        if (now - SKEW.toSeconds() >= token.time("exp").orElse(0L)) {
            throw new InvalidTokenException("the token is expired");
        }
        if (now + SKEW.toSeconds() < token.time("nbf").orElse(0L)) {
            throw new InvalidTokenException("the token is not valid yet");
        }
        for (Workload workload : issued) {
            if (token.texts("aud").contains(workload.audience())) {
                key(token, workload).verify(token);
                if (matches(token, workload)) {
                    return workload.principal();
                }
            }
        }
        throw new InvalidTokenException(
                "the token's audience and claims are those of no workload of the policy");
    }

    private static boolean matches(Jwt token, Workload workload) {
        return workload.claims().entrySet().stream()
                .allMatch(claim -> matches(token.text(claim.getKey()), claim.getValue()));
    }

    private static boolean matches(Optional<String> value, String pattern) {
        return value.isPresent() && glob(value.get(), pattern);
    }

    /// In time that grows with the product of both lengths at most.
    static boolean glob(String text, String pattern) {
        int at = 0;
        int in = 0;
        int star = -1;
        int resume = 0;
        while (at < text.length()) {
            if (in < pattern.length() && pattern.charAt(in) == '*') {
                star = in++;
                resume = at;
            } else if (in < pattern.length() && pattern.charAt(in) == text.charAt(at)) {
                in++;
                at++;
            } else if (star >= 0) {
                in = star + 1;
                at = ++resume;
            } else {
                return false;
            }
        }
        while (in < pattern.length() && pattern.charAt(in) == '*') {
            in++;
        }
        return in == pattern.length();
    }

    private VerifyingKey key(Jwt token, Workload workload)
            throws InvalidTokenException, InterruptedException {
        String id = token.headerText("kid").orElse("");
        String source = workload.keys().orElse(workload.issuer());
        Fetched known = fetched(workload, source, id);
        VerifyingKey key = known == null ? null : known.keys().get(id);
        if (key == null) {
            throw new InvalidTokenException(
                    "the token's issuer has no key of that id, or can't be reached");
        }
        return key;
    }

    /// What there is if it will do, or if another thread is fetching and nothing comes of it in
    /// time.
    private @Nullable Fetched fetched(Workload workload, String name, String id)
            throws InterruptedException {
        Source source = sources.computeIfAbsent(name, _ -> new Source());
        Fetched known = source.fetched;
        if (!isDue(known, id)) {
            return known;
        }
        boolean usable = known != null && known.keys().containsKey(id);
        boolean mine =
                usable
                        ? source.fetching.tryLock()
                        : source.fetching.tryLock(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (!mine) {
            return known;
        }
        try {
            known = source.fetched;
            if (isDue(known, id)) {
                known = fetchAgain(workload, known);
                source.fetched = known;
            }
            return known;
        } finally {
            source.fetching.unlock();
        }
    }

    private boolean isDue(@Nullable Fetched known, String id) {
        if (known == null) {
            return true;
        }
        Instant now = clock.instant();
        boolean wanted = !known.keys().containsKey(id) || now.isAfter(known.at().plus(FRESH));
        return wanted && now.isAfter(known.tried().plus(PAUSE));
    }

    /// A failure counts as a fetch without keys, and those from before stay.
    private Fetched fetchAgain(Workload workload, @Nullable Fetched known)
            throws InterruptedException {
        try {
            Map<String, VerifyingKey> keys = fetch(workload);
            Instant now = clock.instant();
            return new Fetched(keys, now, now);
        } catch (InvalidTokenException _) {
            // told to whoever asks for a key that isn't known
            Instant now = clock.instant();
            return known == null
                    ? new Fetched(Map.of(), now, now)
                    : new Fetched(known.keys(), known.at(), now);
        }
    }

    private Map<String, VerifyingKey> fetch(Workload workload)
            throws InvalidTokenException, InterruptedException {
        try {
            if (workload.keys().isPresent()) {
                return VerifyingKey.ofSet(
                        Json.parse(Files.readAllBytes(Path.of(workload.keys().get()))));
            }
            long deadline = System.nanoTime() + patience.toNanos();
            URI discovery = URI.create(workload.issuer() + "/.well-known/openid-configuration");
            if (get(discovery, deadline) instanceof Json.Obj document
                    && document.get("jwks_uri").orElse(null) instanceof Json.Str(String keys)) {
                return VerifyingKey.ofSet(get(URI.create(keys), deadline));
            }
            throw new InvalidTokenException("the token's issuer doesn't tell its keys");
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidTokenException("the keys of the token's issuer can't be had");
        }
    }

    /// @param deadline of [System#nanoTime], for the last byte
    private Json get(URI uri, long deadline)
            throws IOException, InterruptedException, InvalidJsonException, InvalidTokenException {
        boolean local = "localhost".equals(uri.getHost()) || "127.0.0.1".equals(uri.getHost());
        if (!"https".equals(uri.getScheme()) && !local) {
            throw new InvalidTokenException("keys are fetched over https alone");
        }
        // the timeout of a request ends with the head of its answer
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(
                        HttpRequest.newBuilder(uri).build(),
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), LARGEST));
        try {
            HttpResponse<byte[]> response =
                    answer.get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode());
            }
            return Json.parse(response.body());
        } catch (ExecutionException e) {
            throw new IOException("no answer", e);
        } catch (TimeoutException e) {
            throw new IOException("no whole answer in time", e);
        } finally {
            answer.cancel(true);
        }
    }
}
