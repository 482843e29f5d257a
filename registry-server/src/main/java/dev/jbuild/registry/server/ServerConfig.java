package dev.jbuild.registry.server;

import dev.jbuild.oci.RepositoryName;
import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.netty.ConnectionLimits;
import dev.jbuild.registry.server.netty.TlsConfig;
import dev.jbuild.registry.server.operation.Operation;
import dev.jbuild.registry.server.storage.Announcer;
import dev.jbuild.registry.server.storage.GarbagePolicy;
import dev.jbuild.registry.server.storage.RepositoryRules;
import dev.jbuild.registry.server.upkeep.ScrubPolicy;
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
/// @param connections how many may be open
/// @param rules what the index refuses, such as moving immutable tags
/// @param operation how it shows itself to what is around it
/// @param hooks who is told of changes
/// @param scrub when all content is read and compared with its digests
/// @param requests told of every request, by the thread that answered it
/// @param notices told in a line what the server did by itself and is worth a look
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
        ConnectionLimits connections,
        RepositoryRules rules,
        Operation operation,
        Hooks hooks,
        ScrubPolicy scrub,
        Consumer<RequestRecord> requests,
        Consumer<String> notices,
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
                ConnectionLimits.DEFAULT,
                RepositoryRules.NONE,
                Operation.DEFAULT,
                Hooks.NONE,
                ScrubPolicy.NEVER,
                _ -> {},
                _ -> {},
                _ -> {});
    }

    public ServerConfig withRoot(Path directory) {
        return with(draft -> draft.root = directory);
    }

    public ServerConfig withListen(InetSocketAddress address) {
        return with(draft -> draft.listen = address);
    }

    public ServerConfig withSparse(Predicate<RepositoryName> repositories) {
        return with(draft -> draft.sparse = repositories);
    }

    public ServerConfig withUploadAge(Duration age) {
        return with(draft -> draft.uploadAge = age);
    }

    public ServerConfig withGarbage(GarbagePolicy policy) {
        return with(draft -> draft.garbage = policy);
    }

    public ServerConfig withUpkeep(Duration pause) {
        return with(draft -> draft.upkeep = pause);
    }

    public ServerConfig withDrain(Duration patience) {
        return with(draft -> draft.drain = patience);
    }

    public ServerConfig withAccess(Optional<AccessConfig> control) {
        return with(draft -> draft.access = control);
    }

    public ServerConfig withTls(Optional<TlsConfig> encryption) {
        return with(draft -> draft.tls = encryption);
    }

    public ServerConfig withConnections(ConnectionLimits limits) {
        return with(draft -> draft.connections = limits);
    }

    public ServerConfig withRules(RepositoryRules refusals) {
        return with(draft -> draft.rules = refusals);
    }

    public ServerConfig withOperation(Operation appearance) {
        return with(draft -> draft.operation = appearance);
    }

    public ServerConfig withHooks(Hooks receivers) {
        return with(draft -> draft.hooks = receivers);
    }

    public ServerConfig withScrub(ScrubPolicy policy) {
        return with(draft -> draft.scrub = policy);
    }

    public ServerConfig withRequests(Consumer<RequestRecord> listener) {
        return with(draft -> draft.requests = listener);
    }

    public ServerConfig withNotices(Consumer<String> listener) {
        return with(draft -> draft.notices = listener);
    }

    public ServerConfig withFailures(Consumer<Exception> listener) {
        return with(draft -> draft.failures = listener);
    }

    private ServerConfig with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.config();
    }

    /// @param committed told when there is something to deliver
    Announcer announcer(Runnable committed) {
        return hooks.webhooks().isEmpty()
                ? Announcer.NONE
                : new CloudEvents(hooks.webhooks(), hooks.source(), committed);
    }

    /// What a configuration is changed in.
    private static final class Draft {
        private Path root;
        private InetSocketAddress listen;
        private Predicate<RepositoryName> sparse;
        private Duration uploadAge;
        private GarbagePolicy garbage;
        private Duration upkeep;
        private Duration drain;
        private Optional<AccessConfig> access;
        private Optional<TlsConfig> tls;
        private ConnectionLimits connections;
        private RepositoryRules rules;
        private Operation operation;
        private Hooks hooks;
        private ScrubPolicy scrub;
        private Consumer<RequestRecord> requests;
        private Consumer<String> notices;
        private Consumer<Exception> failures;

        Draft(ServerConfig config) {
            root = config.root;
            listen = config.listen;
            sparse = config.sparse;
            uploadAge = config.uploadAge;
            garbage = config.garbage;
            upkeep = config.upkeep;
            drain = config.drain;
            access = config.access;
            tls = config.tls;
            connections = config.connections;
            rules = config.rules;
            operation = config.operation;
            hooks = config.hooks;
            scrub = config.scrub;
            requests = config.requests;
            notices = config.notices;
            failures = config.failures;
        }

        ServerConfig config() {
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
                    connections,
                    rules,
                    operation,
                    hooks,
                    scrub,
                    requests,
                    notices,
                    failures);
        }
    }
}
