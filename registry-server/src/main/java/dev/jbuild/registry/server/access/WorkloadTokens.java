package dev.jbuild.registry.server.access;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.Json;
import java.io.IOException;
import java.io.InputStream;
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
import java.util.concurrent.ConcurrentHashMap;

/// Verifies tokens that others issued for workloads (OpenID Connect Core 1.0, section 3.1.3.7).
/// Keys are fetched once an hour, and at most once a minute for a key that isn't known. Safe for
/// use by several threads.
final class WorkloadTokens {
    private static final Duration FRESH = Duration.ofHours(1);
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final Duration SKEW = Duration.ofSeconds(60);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int LARGEST = 1 << 20;

    private final InstantSource clock;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .connectTimeout(TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
    private final Map<String, Fetched> sets = new ConcurrentHashMap<>();

    private record Fetched(Map<String, VerifyingKey> keys, Instant at) {}

    WorkloadTokens(InstantSource clock) {
        this.clock = clock;
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
        VerifyingKey key = known.keys().get(id);
        if (key == null) {
            throw new InvalidTokenException(
                    "the token's issuer has no key of that id, or can't be reached");
        }
        return key;
    }

    /// By one thread at a time. A failure counts as a fetch without keys, and those from before
    /// stay.
    private synchronized Fetched fetched(Workload workload, String source, String id)
            throws InterruptedException {
        Fetched known = sets.get(source);
        Instant now = clock.instant();
        if (known == null
                || now.isAfter(known.at().plus(FRESH))
                || (!known.keys().containsKey(id) && now.isAfter(known.at().plus(PAUSE)))) {
            Map<String, VerifyingKey> keys = known == null ? Map.of() : known.keys();
            try {
                keys = fetch(workload);
            } catch (InvalidTokenException _) {
                // told to whoever asks for a key that isn't known
            }
            known = new Fetched(keys, now);
            sets.put(source, known);
        }
        return known;
    }

    private Map<String, VerifyingKey> fetch(Workload workload)
            throws InvalidTokenException, InterruptedException {
        try {
            if (workload.keys().isPresent()) {
                return VerifyingKey.ofSet(
                        Json.parse(Files.readAllBytes(Path.of(workload.keys().get()))));
            }
            URI discovery = URI.create(workload.issuer() + "/.well-known/openid-configuration");
            if (get(discovery) instanceof Json.Obj document
                    && document.get("jwks_uri").orElse(null) instanceof Json.Str(String keys)) {
                return VerifyingKey.ofSet(get(URI.create(keys)));
            }
            throw new InvalidTokenException("the token's issuer doesn't tell its keys");
        } catch (IOException | IllegalArgumentException e) {
            throw new InvalidTokenException("the keys of the token's issuer can't be had");
        }
    }

    private Json get(URI uri)
            throws IOException, InterruptedException, InvalidJsonException, InvalidTokenException {
        boolean local = "localhost".equals(uri.getHost()) || "127.0.0.1".equals(uri.getHost());
        if (!"https".equals(uri.getScheme()) && !local) {
            throw new InvalidTokenException("keys are fetched over https alone");
        }
        HttpRequest request = HttpRequest.newBuilder(uri).timeout(TIMEOUT).build();
        HttpResponse<InputStream> response =
                http.send(request, HttpResponse.BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw new IOException("status " + response.statusCode());
            }
            return Json.parse(body.readNBytes(LARGEST));
        }
    }
}
