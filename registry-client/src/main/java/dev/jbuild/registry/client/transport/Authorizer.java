package dev.jbuild.registry.client.transport;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.client.auth.AuthenticationException;
import dev.jbuild.registry.client.auth.Challenge;
import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.auth.Credentials;
import dev.jbuild.registry.client.auth.Scope;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import okhttp3.HttpUrl;

/// Answers the challenges of one registry. Its lock makes requests that need the same token wait
/// for the first of them to fetch it.
final class Authorizer {
    private static final String REPOSITORY = "repository:";

    private final String registry;
    private final HttpUrl base;
    private final CredentialSource source;
    private final TokenSupplier tokens;
    private final ReentrantLock lock = new ReentrantLock();
    private final ConcurrentLinkedQueue<String> secrets = new ConcurrentLinkedQueue<>();

    // Guarded by the lock.
    private Optional<Challenge> challenge = Optional.empty();
    private final List<Token> cache = new ArrayList<>();
    private final Map<Optional<RepositoryName>, Optional<Credentials>> found = new HashMap<>();

    Authorizer(String registry, HttpUrl base, CredentialSource source, TokenSupplier tokens) {
        this.registry = registry;
        this.base = base;
        this.source = source;
        this.tokens = tokens;
    }

    /// Remembers what the registry asks for, if it is anything known; tokens are preferred.
    void learn(List<Challenge> challenges) {
        lock.lock();
        try {
            Optional<Challenge> bearer =
                    challenges.stream().filter(c -> c instanceof Challenge.Bearer).findFirst();
            Optional<Challenge> wanted = bearer.or(() -> challenges.stream().findFirst());
            if (wanted.isPresent()) {
                challenge = wanted;
            }
        } finally {
            lock.unlock();
        }
    }

    /// The `Authorization` for a request, or empty if none is asked for or there are no
    /// credentials.
    Optional<String> header(List<Scope> needed) throws IOException, InterruptedException {
        lock.lockInterruptibly();
        try {
            if (challenge.isEmpty()) {
                return Optional.empty();
            }
            Optional<Credentials> credentials = credentials(needed);
            return switch (challenge.get()) {
                case Challenge.Basic _ -> credentials.flatMap(Authorizer::direct);
                case Challenge.Bearer bearer ->
                        credentials.isPresent()
                                        && credentials.get()
                                                instanceof Credentials.RegistryToken token
                                ? Optional.of("Bearer " + token.token())
                                : Optional.of("Bearer " + token(bearer, needed, credentials));
            };
        } finally {
            lock.unlock();
        }
    }

    /// After a 401: forgets the token that was refused, and learns the new challenge.
    ///
    /// @param used the header that was sent
    void refused(Optional<String> used, List<Challenge> challenges) {
        lock.lock();
        try {
            cache.removeIf(token -> used.equals(Optional.of("Bearer " + token.value())));
            learn(challenges);
        } finally {
            lock.unlock();
        }
    }

    /// The text without any secret that was used so far.
    String scrub(String text) {
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, "[secret]");
        }
        return clean;
    }

    private static Optional<String> direct(Credentials credentials) {
        return switch (credentials) {
            case Credentials.RegistryToken(String token) -> Optional.of("Bearer " + token);
            case Credentials.Password _ -> TokenEndpoint.basic(credentials);
            case Credentials.IdentityToken _ -> TokenEndpoint.basic(credentials);
        };
    }

    private String token(
            Challenge.Bearer bearer, List<Scope> needed, Optional<Credentials> credentials)
            throws IOException, InterruptedException {
        Instant now = Instant.now();
        for (Token token : cache) {
            if (token.covers(needed, now)) {
                return token.value();
            }
        }
        cache.removeIf(token -> !now.isBefore(token.freshUntil()));
        List<Scope> scopes = Scope.union(needed, bearer.scope());
        Token token = tokens.fetch(bearer, needed.isEmpty() ? bearer.scope() : scopes, credentials);
        remember(token.value());
        cache.addFirst(token);
        return token.value();
    }

    private Optional<Credentials> credentials(List<Scope> scopes)
            throws IOException, InterruptedException {
        Optional<RepositoryName> repository = repository(scopes);
        Optional<Credentials> known = found.get(repository);
        if (known == null) {
            known = source.find(registry, repository);
            found.put(repository, known);
            known.ifPresent(credentials -> remember(credentials.secret()));
            known.flatMap(TokenEndpoint::basic).ifPresent(h -> remember(h.substring(6)));
        }
        if (known.isPresent() && !base.isHttps() && !Hosts.isLoopback(base.host())) {
            throw new AuthenticationException(
                    "the registry asks for credentials, but is reached without TLS, over which they are never sent",
                    false);
        }
        return known;
    }

    private void remember(String secret) {
        if (secret.length() > 3) {
            secrets.add(secret);
        }
    }

    private static Optional<RepositoryName> repository(List<Scope> scopes) {
        return scopes.stream()
                .filter(scope -> scope.actions().contains("push"))
                .findFirst()
                .or(() -> scopes.stream().findFirst())
                .map(Scope::resource)
                .filter(resource -> resource.startsWith(REPOSITORY))
                .map(resource -> new RepositoryName(resource.substring(REPOSITORY.length())));
    }

    /// Where tokens come from.
    @FunctionalInterface
    interface TokenSupplier {
        Token fetch(
                Challenge.Bearer challenge, List<Scope> scopes, Optional<Credentials> credentials)
                throws IOException, InterruptedException;
    }
}
