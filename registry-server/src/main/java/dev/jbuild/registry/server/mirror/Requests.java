package dev.jbuild.registry.server.mirror;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.jbuild.oci.InvalidJsonException;
import dev.jbuild.oci.JsonMembers;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Requests to a mirror with what it asks for: tokens for password or for nothing, or the password
/// itself. Neither leaves for another place than the one that it was meant for, redirected or not.
final class Requests {
    private static final int MOST_REDIRECTS = 5;
    private static final int LARGEST_TOKEN = 64 * 1024;

    private final MirrorConfig config;
    private final HttpClient client;

    /// What to send in `Authorization`, by repository.
    private final Map<String, String> authorizations = new HashMap<>();

    Requests(MirrorConfig config, HttpClient client) {
        this.config = config;
        this.client = client;
    }

    /// @param path on the mirror
    /// @param repository that a token is needed for
    /// @return the last answer, after logging in and redirects; the caller closes it
    Answer get(String path, String repository, String accept)
            throws IOException, InterruptedException {
        URI uri = config.url().resolve(path);
        Answer answer = follow(uri, accept, Optional.ofNullable(authorizations.get(repository)));
        if (answer.status() != 401 || !Origins.isSame(config.url(), answer.response().uri())) {
            return answer;
        }
        List<String> challenges = answer.response().headers().allValues("WWW-Authenticate");
        answer.close();
        String authorization = authorization(Challenge.choose(challenges), repository);
        authorizations.put(repository, authorization);
        return follow(uri, accept, Optional.of(authorization));
    }

    private Answer follow(URI start, String accept, Optional<String> authorization)
            throws IOException, InterruptedException {
        URI uri = start;
        for (int i = 0; i <= MOST_REDIRECTS; i++) {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("Accept", accept);
            if (authorization.isPresent() && Origins.isSame(config.url(), uri)) {
                request.header("Authorization", authorization.get());
            }
            Answer answer = send(request);
            Optional<String> location = answer.response().headers().firstValue("Location");
            boolean redirect = answer.status() >= 301 && answer.status() <= 308;
            if (!redirect || location.isEmpty()) {
                return answer;
            }
            answer.close();
            URI target = resolve(uri, location.get(), "redirect");
            Origins.requireReachable(uri, target, "redirect");
            uri = target;
        }
        throw new IOException("the mirror redirects more than " + MOST_REDIRECTS + " times");
    }

    private String authorization(Optional<Challenge> challenge, String repository)
            throws IOException, InterruptedException {
        if (challenge.isEmpty()) {
            throw new IOException("the mirror asks for a login of an unknown kind");
        }
        return switch (challenge.get()) {
            case Challenge.Basic() -> basic(config.url());
            case Challenge.Bearer bearer -> "Bearer " + token(bearer, repository);
        };
    }

    private String token(Challenge.Bearer bearer, String repository)
            throws IOException, InterruptedException {
        URI realm = resolve(config.url(), bearer.realm(), "token endpoint");
        Origins.requireReachable(config.url(), realm, "token endpoint");
        String query =
                "scope=" + encode(bearer.scope().orElse("repository:" + repository + ":pull"));
        if (bearer.service().isPresent()) {
            query = "service=" + encode(bearer.service().get()) + "&" + query;
        }
        String separator = realm.getRawQuery() == null ? "?" : "&";
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(realm + separator + query))
                        .header("Accept", "application/json");
        if (config.login().isPresent()) {
            request.header("Authorization", basic(realm));
        }
        try (Answer answer = send(request)) {
            if (answer.status() != 200) {
                throw new IOException(
                        "the mirror's token endpoint answered with status " + answer.status());
            }
            return token(answer.bytes(LARGEST_TOKEN));
        }
    }

    private static String token(byte[] document) throws IOException {
        try {
            JsonMembers members = JsonMembers.parse("token", document);
            Optional<String> token = members.text("token");
            if (token.isEmpty()) {
                token = members.text("access_token");
            }
            if (token.isPresent() && token.get().matches("[\\x21-\\x7e]{1,32768}")) {
                return token.get();
            }
        } catch (InvalidJsonException _) {
            // told below, without what may be a secret
        }
        throw new IOException("the answer of the mirror's token endpoint has no usable token");
    }

    private String basic(URI to) throws IOException {
        if (config.login().isEmpty()) {
            throw new IOException("the mirror wants a login, and the configuration has none");
        }
        if (!Origins.mayHearSecrets(to)) {
            throw new IOException(
                    "the mirror wants the password sent to "
                            + Origins.place(to)
                            + " without TLS, which is not done");
        }
        MirrorConfig.Login login = config.login().get();
        String password = Files.readString(login.passwordFile()).strip();
        return "Basic "
                + Base64.getEncoder()
                        .encodeToString((login.user() + ":" + password).getBytes(UTF_8));
    }

    private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var sent =
                client.sendAsync(
                        request.header("User-Agent", "jbuild-registry").GET().build(),
                        HttpResponse.BodyHandlers.ofPublisher());
        try {
            HttpResponse<Flow.Publisher<List<ByteBuffer>>> response =
                    sent.get(config.patience().toNanos(), TimeUnit.NANOSECONDS);
            return new Answer(response, config.patience());
        } catch (TimeoutException _) {
            sent.cancel(true);
            throw new TroubleException(
                    "the mirror did not answer in " + config.patience().toSeconds() + " seconds");
        } catch (ExecutionException e) {
            throw new TroubleException("the mirror can't be reached: " + e.getCause());
        } catch (InterruptedException e) {
            sent.cancel(true);
            throw e;
        }
    }

    private static URI resolve(URI base, String reference, String what) throws IOException {
        try {
            return base.resolve(new URI(reference));
        } catch (URISyntaxException _) {
            throw new IOException("the mirror's " + what + " is no address");
        }
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8);
    }
}
