package dev.jbuild.registry.client.transport;

import dev.jbuild.registry.client.auth.AuthenticationException;
import dev.jbuild.registry.client.auth.Challenge;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Scope;
import dev.jbuild.registry.client.network.CertificateFileException;
import dev.jbuild.registry.client.network.Network;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.HttpUrl;
import org.jspecify.annotations.Nullable;

/// Requests to one registry, with authentication and retries. Safe for use by several threads.
///
/// A registry is asked once, at the first request, what it speaks and wants (`GET /v2/`). On
/// loopback that is plain HTTP, and TLS if it turns out to want that; anywhere else it is TLS, and
/// plain HTTP only where the user allowed it and TLS isn't spoken.
public final class Transport {
    private static final RetryPolicy ONCE =
            new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    private final String registry;
    private final Settings settings;
    private final Exchange exchange;
    private final Pace pace = new Pace();
    private final ReentrantLock contact = new ReentrantLock();
    private volatile @Nullable Contacted contacted;

    /// @param registry host and port
    public Transport(String registry, Settings settings) {
        if (Hosts.base("https", registry).isEmpty()) {
            throw new IllegalArgumentException(
                    "invalid registry '" + registry + "': it is a host with an optional port");
        }
        this.registry = registry;
        this.settings = settings;
        this.exchange = new Exchange(settings.plainHttpAllowed(), settings.network());
    }

    /// @param waiting told why and how long before each pause
    public record Settings(
            CredentialSource credentials,
            boolean plainHttpAllowed,
            Network network,
            RetryPolicy policy,
            BiConsumer<String, Duration> waiting) {}

    /// The URL of a path below `/v2/`.
    public HttpUrl url(String path) throws IOException, InterruptedException {
        return contacted().base().newBuilder().addPathSegment("v2").addPathSegments(path).build();
    }

    /// The URL that would be asked first, for messages before there was any contact.
    public HttpUrl nominalUrl(String path) {
        Contacted known = contacted;
        HttpUrl base =
                known != null
                        ? known.base()
                        : Hosts.base("https", registry)
                                .filter(url -> !Hosts.isLoopback(url.host()))
                                .or(() -> Hosts.base("http", registry))
                                .orElseThrow();
        return base.newBuilder().addPathSegment("v2").addPathSegments(path).build();
    }

    /// Fetches a token that allows all of that, so that later requests need none of their own.
    public void authorize(List<Scope> scopes) throws IOException, InterruptedException {
        Optional<String> unused = contacted().authorizer().header(scopes);
    }

    /// The attempts of an operation that its caller repeats.
    public Retry retry() {
        return new Retry(settings.policy(), pace, settings.waiting());
    }

    /// Whether the registry has answered at all.
    public boolean isReached() {
        return contacted != null;
    }

    /// Removes the secrets in use from a text.
    public String scrub(String text) {
        Contacted known = contacted;
        return known == null ? text : known.authorizer().scrub(text);
    }

    /// Where an answer's `Location` leads, with its query as it is. A proxy in front of a registry
    /// that speaks TLS may let it say http: that is put right.
    ///
    /// @throws ProtocolException if there is none, or it leads where a registry must not send us
    public HttpUrl location(Answer answer) throws IOException, InterruptedException {
        HttpUrl base = contacted().base();
        HttpUrl target = answer.header("Location").map(answer.url()::resolve).orElse(null);
        if (target == null) {
            throw new ProtocolException("the answer has no usable Location");
        }
        if (base.isHttps() && !target.isHttps() && target.host().equals(base.host())) {
            int port = target.port() == 80 ? base.port() : target.port();
            target = target.newBuilder().scheme("https").port(port).build();
        }
        exchange.checkRedirect(base, target);
        return target;
    }

    /// Sends a request, again if need be and allowed.
    ///
    /// @return the last answer, whatever its status; the caller closes it
    /// @throws AuthenticationException if there can be no token
    public Answer send(Call call) throws IOException, InterruptedException {
        Contacted registry = contacted();
        Retry retry = retry();
        while (true) {
            pace.await();
            Answer answer;
            try {
                answer = authorized(registry, call);
            } catch (AuthenticationException e) {
                throw e;
            } catch (IOException e) {
                if (call.repeatable() && retry.again(e, true)) {
                    continue;
                }
                throw e;
            }
            if (!call.repeatable() || !Retry.isTransient(answer.status())) {
                return answer;
            }
            Optional<String> after = answer.header("Retry-After");
            if (!retry.again(answer.status(), after)) {
                return answer;
            }
            answer.close();
        }
    }

    /// A 401 is answered once: with the token that it asks for.
    private Answer authorized(Contacted registry, Call call)
            throws IOException, InterruptedException {
        boolean own = Hosts.isSameOrigin(registry.base(), call.url());
        Optional<String> authorization =
                own ? registry.authorizer().header(call.scopes()) : Optional.empty();
        Answer answer = exchange(call, authorization);
        if (answer.status() != 401 || !Hosts.isSameOrigin(registry.base(), answer.url())) {
            return answer;
        }
        List<Challenge> challenges = challenges(answer);
        registry.authorizer().refused(authorization, challenges);
        Optional<String> another = registry.authorizer().header(widen(call.scopes(), challenges));
        if (another.isEmpty() || another.equals(authorization)) {
            return answer;
        }
        answer.close();
        return exchange(call, another);
    }

    private Answer exchange(Call call, Optional<String> authorization)
            throws IOException, InterruptedException {
        return exchange.send(
                call.method(), call.url(), call.headers(), call.payload(), authorization);
    }

    private static List<Scope> widen(List<Scope> scopes, List<Challenge> challenges) {
        List<Scope> wide = scopes;
        for (Challenge challenge : challenges) {
            if (challenge instanceof Challenge.Bearer bearer) {
                wide = Scope.union(wide, bearer.scope());
            }
        }
        return wide;
    }

    private Contacted contacted() throws IOException, InterruptedException {
        Contacted known = contacted;
        if (known != null) {
            return known;
        }
        contact.lockInterruptibly();
        try {
            known = contacted;
            if (known == null) {
                known = makeContact();
                contacted = known;
            }
            return known;
        } finally {
            contact.unlock();
        }
    }

    private Contacted makeContact() throws IOException, InterruptedException {
        HttpUrl https = Hosts.base("https", registry).orElseThrow();
        HttpUrl http = Hosts.base("http", registry).orElseThrow();
        if (Hosts.isLoopback(http.host())) {
            return contactLoopback(http, https);
        }
        try {
            return ping(https, settings.policy());
        } catch (IOException e) {
            if (settings.plainHttpAllowed() && isNoTls(e)) {
                return ping(http, settings.policy());
            }
            throw e;
        }
    }

    /// A TLS server answers plain HTTP with a 400, with a TLS alert, which is no HTTP, or not at
    /// all.
    private Contacted contactLoopback(HttpUrl http, HttpUrl https)
            throws IOException, InterruptedException {
        Optional<Contacted> plain = Optional.empty();
        try {
            plain = Optional.of(ping(http, ONCE));
        } catch (ConnectException | SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            // The next attempt tells what it is.
        }
        if (plain.isPresent() && plain.get().status() != 400) {
            return plain.get();
        }
        try {
            return ping(https, ONCE);
        } catch (IOException e) {
            if (isUntrusted(e) || e instanceof CertificateFileException) {
                throw e;
            }
            return plain.isPresent() ? plain.get() : ping(http, settings.policy());
        }
    }

    private static boolean isNoTls(IOException e) {
        return !isUntrusted(e)
                && (e instanceof SSLException
                        || e instanceof ConnectException
                        || e instanceof SocketTimeoutException);
    }

    private static boolean isUntrusted(IOException e) {
        return e instanceof SSLPeerUnverifiedException
                || e.getCause() instanceof CertificateException;
    }

    private Contacted ping(HttpUrl base, RetryPolicy policy)
            throws IOException, InterruptedException {
        HttpUrl url = base.newBuilder().addPathSegment("v2").addPathSegment("").build();
        Retry retry = new Retry(policy, pace, settings.waiting());
        while (true) {
            try (Answer answer =
                    exchange.send("GET", url, Map.of(), Optional.empty(), Optional.empty())) {
                Authorizer authorizer = authorizer(base);
                if (answer.status() == 401) {
                    authorizer.learn(challenges(answer));
                }
                return new Contacted(base, authorizer, answer.status());
            } catch (IOException e) {
                if (!retry.again(e, false)) {
                    throw e;
                }
            }
        }
    }

    private Authorizer authorizer(HttpUrl base) {
        return new Authorizer(
                registry,
                base,
                settings.credentials(),
                (challenge, scopes, credentials) ->
                        new TokenEndpoint(base, exchange, retry())
                                .fetch(challenge, scopes, credentials));
    }

    private static List<Challenge> challenges(Answer answer) {
        return Challenge.parse(answer.headers("WWW-Authenticate"));
    }

    /// What is known of a registry that has answered.
    ///
    /// @param status of its answer to the first request
    private record Contacted(HttpUrl base, Authorizer authorizer, int status) {}
}
