package dev.jbuild.registry.server.access;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Consumer;

/// How access is controlled.
///
/// @param directory for the accounts and the key of tokens
/// @param service what the registry calls itself to clients, such as its host name
/// @param policy the file of who may do what; without it, who has logged in may do all
/// @param htpasswd users beside those of the accounts
/// @param url where clients reach the registry; empty: what they say in `Host`
/// @param proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed
/// @param requestsPerSecond the most of one user, or of one address without a user
/// @param audit where it is recorded who did what
/// @param auditReads whether pulls are, too
/// @param tokenLife how long a token is valid, at least a minute
public record AccessConfig(
        Path directory,
        String service,
        Optional<Path> policy,
        Optional<Path> htpasswd,
        Optional<URI> url,
        Set<InetAddress> proxies,
        OptionalDouble requestsPerSecond,
        Optional<Path> audit,
        boolean auditReads,
        Duration tokenLife) {
    public AccessConfig {
        proxies = Set.copyOf(proxies);
    }

    /// Everything by default.
    public static AccessConfig of(Path directory) {
        return new AccessConfig(
                directory,
                "jbuild-registry",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                OptionalDouble.empty(),
                Optional.empty(),
                false,
                Duration.ofMinutes(5));
    }

    /// Where users and keys are kept.
    public Path accounts() {
        return directory.resolve("accounts.db");
    }

    public AccessConfig withPolicy(Path file) {
        return with(draft -> draft.policy = Optional.of(file));
    }

    public AccessConfig withHtpasswd(Path file) {
        return with(draft -> draft.htpasswd = Optional.of(file));
    }

    public AccessConfig withUrl(URI where) {
        return with(draft -> draft.url = Optional.of(where));
    }

    public AccessConfig withRequestsPerSecond(double most) {
        return with(draft -> draft.requestsPerSecond = OptionalDouble.of(most));
    }

    public AccessConfig withAudit(Path file, boolean reads) {
        return with(
                draft -> {
                    draft.audit = Optional.of(file);
                    draft.auditReads = reads;
                });
    }

    private AccessConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.config();
    }

    /// As a policy without a file: who has logged in may do all.
    static final Policy DEFAULT_POLICY =
            new Policy(
                    java.util.Map.of(),
                    Set.of(),
                    java.util.List.of(
                            new Policy.Rule(
                                    java.util.List.of(RepositoryPattern.of("**")),
                                    java.util.Map.of(
                                            new Policy.Subject.Authenticated(),
                                            java.util.EnumSet.allOf(Action.class)))));

    /// What a configuration is changed in.
    private static final class Draft {
        private final Path directory;
        private final String service;
        private Optional<Path> policy;
        private Optional<Path> htpasswd;
        private Optional<URI> url;
        private final Set<InetAddress> proxies;
        private OptionalDouble requestsPerSecond;
        private Optional<Path> audit;
        private boolean auditReads;
        private final Duration tokenLife;

        Draft(AccessConfig config) {
            directory = config.directory;
            service = config.service;
            policy = config.policy;
            htpasswd = config.htpasswd;
            url = config.url;
            proxies = config.proxies;
            requestsPerSecond = config.requestsPerSecond;
            audit = config.audit;
            auditReads = config.auditReads;
            tokenLife = config.tokenLife;
        }

        AccessConfig config() {
            return new AccessConfig(
                    directory,
                    service,
                    policy,
                    htpasswd,
                    url,
                    proxies,
                    requestsPerSecond,
                    audit,
                    auditReads,
                    tokenLife);
        }
    }
}
