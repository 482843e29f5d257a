package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.netty.TlsConfig;
import dev.jbuild.registry.server.operation.Operation;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.webhook.CloudEvents;
import dev.jbuild.registry.server.webhook.Hooks;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// What a registry server is started with.
///
/// @param root the directory of all that it keeps; made if it is missing
/// @param listen port 0: any that is free
/// @param sparse the repositories whose manifests may refer to blobs and manifests that aren't
///     there
/// @param uploadAge without a byte, after which an unfinished upload is removed
/// @param garbage when what nobody refers to goes
/// @param upkeep the pause between two rounds of collecting garbage and abandoned uploads
/// @param drain how long requests under way may take to end when the server is closed
/// @param access empty: everyone may do everything
/// @param tls empty: plain http
/// @param rules what the index refuses, such as moving immutable tags
/// @param operation how it shows itself to what is around it
/// @param hooks who is told of changes
/// @param requests told of every request, by the thread that answered it
/// @param failures told of what is this server's or its disk's fault; clients see no details
public record ServerConfig(
        Path root,
        InetSocketAddress listen,
        Predicate<RepositoryName> sparse,
        Duration uploadAge,
        GarbagePolicy garbage,
        Duration upkeep,
        Duration drain,
        Optional<AccessConfig> access,
        Optional<TlsConfig> tls,
        RepositoryRules rules,
        Operation operation,
        Hooks hooks,
        Consumer<RequestRecord> requests,
        Consumer<Exception> failures) {

    /// With the defaults: no manifest may be sparse, uploads are kept for 7 days, garbage for a day
    /// in its repository and another one aside, 10 minutes between rounds, 30 seconds to drain,
    /// nobody is told anything.
    public ServerConfig(Path root, InetSocketAddress listen) {
        this(
                root,
                listen,
                _ -> false,
                Duration.ofDays(7),
                GarbagePolicy.DEFAULT,
                Duration.ofMinutes(10),
                Duration.ofSeconds(30),
                Optional.empty(),
                Optional.empty(),
                RepositoryRules.NONE,
                Operation.DEFAULT,
                Hooks.NONE,
                _ -> {},
                _ -> {});
    }

    public ServerConfig withRoot(Path directory) {
        return new ServerConfig(
                directory, listen, sparse, uploadAge, garbage, upkeep, drain, access, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withListen(InetSocketAddress address) {
        return new ServerConfig(
                root, address, sparse, uploadAge, garbage, upkeep, drain, access, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withSparse(Predicate<RepositoryName> repositories) {
        return new ServerConfig(
                root,
                listen,
                repositories,
                uploadAge,
                garbage,
                upkeep,
                drain,
                access,
                tls,
                rules,
                operation,
                hooks,
                requests,
                failures);
    }

    public ServerConfig withUploadAge(Duration age) {
        return new ServerConfig(
                root, listen, sparse, age, garbage, upkeep, drain, access, tls, rules, operation,
                hooks, requests, failures);
    }

    public ServerConfig withGarbage(GarbagePolicy policy) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, policy, upkeep, drain, access, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withUpkeep(Duration pause) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, pause, drain, access, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withDrain(Duration patience) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, patience, access, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withAccess(Optional<AccessConfig> control) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, drain, control, tls, rules,
                operation, hooks, requests, failures);
    }

    public ServerConfig withTls(Optional<TlsConfig> encryption) {
        return new ServerConfig(
                root,
                listen,
                sparse,
                uploadAge,
                garbage,
                upkeep,
                drain,
                access,
                encryption,
                rules,
                operation,
                hooks,
                requests,
                failures);
    }

    public ServerConfig withRules(RepositoryRules refusals) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, drain, access, tls, refusals,
                operation, hooks, requests, failures);
    }

    public ServerConfig withOperation(Operation appearance) {
        return new ServerConfig(
                root,
                listen,
                sparse,
                uploadAge,
                garbage,
                upkeep,
                drain,
                access,
                tls,
                rules,
                appearance,
                hooks,
                requests,
                failures);
    }

    public ServerConfig withRequests(Consumer<RequestRecord> listener) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, drain, access, tls, rules,
                operation, hooks, listener, failures);
    }

    public ServerConfig withFailures(Consumer<Exception> listener) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, drain, access, tls, rules,
                operation, hooks, requests, listener);
    }

    public ServerConfig withHooks(Hooks receivers) {
        return new ServerConfig(
                root, listen, sparse, uploadAge, garbage, upkeep, drain, access, tls, rules,
                operation, receivers, requests, failures);
    }

    /// @param committed told when there is something to deliver
    Announcer announcer(Runnable committed) {
        return hooks.webhooks().isEmpty()
                ? Announcer.NONE
                : new CloudEvents(hooks.webhooks(), hooks.source(), committed);
    }
}
