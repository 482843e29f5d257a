package dev.jbuild.registry.server;

import dev.jbuild.registry.server.access.AccessConfig;
import dev.jbuild.registry.server.access.AccessControl;
import dev.jbuild.registry.server.admin.Administrator;
import dev.jbuild.registry.server.admin.ControlSocket;
import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.netty.HttpFrontend;
import dev.jbuild.registry.server.netty.HttpLimits;
import dev.jbuild.registry.server.netty.TlsException;
import dev.jbuild.registry.server.operation.Doorway;
import dev.jbuild.registry.server.operation.Figures;
import dev.jbuild.registry.server.operation.OperationEndpoints;
import dev.jbuild.registry.server.protocol.RegistryHandler;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.Housekeeping;
import dev.jbuild.registry.server.upkeep.ScrubSchedule;
import dev.jbuild.registry.server.upkeep.Scrubber;
import dev.jbuild.registry.server.upkeep.Stop;
import dev.jbuild.registry.server.webhook.Webhooks;
import dev.jbuild.registry.server.yaml.YamlException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// A registry that runs. Several can run in one process, each on a root of its own.
public final class RegistryServer implements AutoCloseable {
    /// In the root: how far the scrubbing of its content came.
    private static final String SCRUBS = "scrub.json";

    private final ServerConfig config;
    private final Root root;
    private final Optional<AccessControl> access;
    private final HttpFrontend frontend;
    private final Housekeeping housekeeping;
    private final ScrubSchedule scrubs;
    private final ControlSocket control;
    private final Webhooks webhooks;
    private final Stop stop;

    private RegistryServer(
            ServerConfig config,
            Root root,
            Optional<AccessControl> access,
            HttpFrontend frontend,
            Housekeeping housekeeping,
            ScrubSchedule scrubs,
            ControlSocket control,
            Webhooks webhooks,
            Stop stop) {
        this.config = config;
        this.root = root;
        this.access = access;
        this.frontend = frontend;
        this.housekeeping = housekeeping;
        this.scrubs = scrubs;
        this.control = control;
        this.webhooks = webhooks;
        this.stop = stop;
    }

    /// Returns when the server answers requests. The caller closes it.
    ///
    /// @throws ServerStartException says what is in the way and what to do about it
    public static RegistryServer start(ServerConfig config)
            throws ServerStartException, InterruptedException {
        AtomicReference<@Nullable Runnable> wake = new AtomicReference<>();
        Root root =
                Root.open(
                        config.root(),
                        config.rules(),
                        config.announcer(
                                () -> Optional.ofNullable(wake.get()).ifPresent(Runnable::run)));
        try {
            return start(config, root, wake);
        } catch (ServerStartException e) {
            root.close(config.failures());
            throw e;
        }
    }

    private static RegistryServer start(
            ServerConfig given, Root root, AtomicReference<@Nullable Runnable> wake)
            throws ServerStartException, InterruptedException {
        Figures figures = new Figures(root.metadata());
        ServerConfig config =
                given.withFailures(
                        failure -> {
                            figures.failure();
                            given.failures().accept(failure);
                        });
        AtomicBoolean readOnly = new AtomicBoolean(config.operation().readOnly());
        Stop stop = new Stop();
        RegistryHandler handler =
                new RegistryHandler(
                        root.metadata(),
                        root.content(),
                        root.uploads(),
                        config.sparse(),
                        config.garbage(),
                        readOnly::get,
                        config.failures());
        Exchange operations =
                new OperationEndpoints(
                        handler, root.metadata(), config.root(), figures, readOnly::get);
        Optional<AccessControl> access = access(config, operations);
        GarbageCollector garbage =
                new GarbageCollector(
                        root.metadata(),
                        root.content(),
                        config.garbage(),
                        new Recorded(access.flatMap(AccessControl::audit)));
        Scrubber scrubber = root.scrubber(config.scrub());
        Administrator administrator =
                root.administrator(
                        config.garbage(), garbage, scrubber, config.sparse(), readOnly, stop);
        ControlSocket control = control(config, administrator);
        Exchange exchange = access.isPresent() ? access.get() : operations;
        HttpFrontend frontend = listen(config, exchange, figures, control);
        figures.connections(frontend::connections);
        Housekeeping housekeeping =
                new Housekeeping(
                        root.metadata(),
                        root.uploads(),
                        config.uploadAge(),
                        garbage,
                        config.upkeep(),
                        readOnly::get,
                        stop,
                        config.failures());
        ScrubSchedule scrubs =
                new ScrubSchedule(
                        scrubber,
                        config.scrub(),
                        config.root().resolve(SCRUBS),
                        readOnly::get,
                        stop,
                        new ScrubLog(figures, config.notices()),
                        config.failures());
        Webhooks webhooks = webhooks(config, root, figures);
        wake.set(webhooks::wake);
        return new RegistryServer(
                config, root, access, frontend, housekeeping, scrubs, control, webhooks, stop);
    }

    private static Webhooks webhooks(ServerConfig config, Root root, Figures figures) {
        return Webhooks.start(
                config.hooks().webhooks(),
                root.metadata().outbox(),
                figures::webhook,
                config.failures());
    }

    private static ControlSocket control(ServerConfig config, Administrator administrator)
            throws ServerStartException {
        try {
            return ControlSocket.open(config.root(), administrator, config.failures());
        } catch (IOException | IllegalArgumentException e) {
            throw new ServerStartException(
                    "can't make the socket for commands in '"
                            + config.root()
                            + "' ("
                            + e.getMessage()
                            + "): choose a --root with a path shorter than 100 bytes on a file"
                            + " system that has sockets",
                    e);
        }
    }

    private static Optional<AccessControl> access(ServerConfig config, Exchange handler)
            throws ServerStartException {
        if (config.access().isEmpty()) {
            return Optional.empty();
        }
        AccessConfig access = config.access().get();
        boolean local =
                !config.listen().isUnresolved() && config.listen().getAddress().isLoopbackAddress();
        if (config.tls().isEmpty() && !local && access.proxies().isEmpty()) {
            throw new ServerStartException(
                    "nobody could log in: passwords are not taken over plain http; give --tls-cert"
                            + " and --tls-key, or listen on 127.0.0.1 behind a proxy with https");
        }
        try {
            return Optional.of(
                    AccessControl.open(
                            access,
                            config.operation().pathPrefix(),
                            handler,
                            InstantSource.system(),
                            config.failures()));
        } catch (YamlException e) {
            throw new ServerStartException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new ServerStartException(
                    "can't control access: '" + e.getMessage() + "' can't be read or written", e);
        }
    }

    private static HttpFrontend listen(
            ServerConfig config, Exchange exchange, Figures figures, ControlSocket control)
            throws ServerStartException, InterruptedException {
        try {
            return new HttpFrontend(
                    config.listen(),
                    config.tls(),
                    new Doorway(
                            exchange,
                            config.operation().pathPrefix(),
                            answered -> tell(answered, figures, config)),
                    HttpLimits.DEFAULT.withConnections(config.connections()),
                    new RefusalLog(
                            figures, config.connections(), config.notices(), System::nanoTime),
                    config.failures());
        } catch (IOException | UnresolvedAddressException e) {
            ServerStartException failure = cannotListen(config.listen(), e);
            try {
                control.close();
            } catch (IOException also) {
                failure.addSuppressed(also);
            }
            throw failure;
        }
    }

    /// Where it listens, with the port that was chosen if 0 was asked for.
    public InetSocketAddress address() {
        return frontend.address();
    }

    /// Stops listening, lets requests under way end, and closes the store.
    /// If the thread is interrupted, requests under way are cut off.
    @Override
    public void close() {
        stop.ask();
        try {
            ending(control::close);
            ending(housekeeping::join);
            ending(scrubs::join);
            ending(() -> frontend.drain(config.drain()));
            ending(webhooks::close);
            if (access.isPresent()) {
                ending(access.get()::close);
            }
        } finally {
            root.close(config.failures());
        }
    }

    /// One part that doesn't end well keeps none of the others from ending.
    private void ending(Ending part) {
        try {
            part.end();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            config.failures().accept(e);
        }
    }

    private interface Ending {
        void end() throws IOException, InterruptedException;
    }

    /// Removes abandoned uploads and garbage now rather than after the next pause.
    void upkeep() throws InterruptedException {
        housekeeping.once();
    }

    Metadata.Totals totals() throws StorageException {
        return root.metadata().totals();
    }

    private static void tell(Doorway.Answered answered, Figures figures, ServerConfig config) {
        RequestRecord request = record(answered);
        figures.request(
                request.method(),
                request.path(),
                request.status(),
                request.bytes(),
                request.took());
        config.requests().accept(request);
    }

    private static RequestRecord record(Doorway.Answered answered) {
        return new RequestRecord(
                Instant.now().minusNanos(answered.nanos()),
                answered.id(),
                answered.request().peer().address(),
                answered.request().method(),
                answered.request().path(),
                answered.response().status(),
                answered.response().content().length(),
                Duration.ofNanos(answered.nanos()));
    }

    private static ServerStartException cannotListen(InetSocketAddress listen, Exception cause) {
        if (cause instanceof TlsException) {
            return new ServerStartException(String.valueOf(cause.getMessage()), cause);
        }
        String where = listen.getHostString() + ":" + listen.getPort();
        if (cause instanceof BindException) {
            return new ServerStartException(
                    "can't listen on '"
                            + where
                            + "' ("
                            + cause.getMessage()
                            + "): stop what uses that port, or choose another with --listen"
                            + " HOST:PORT (port 0: any free one)",
                    cause);
        }
        return new ServerStartException(
                "can't listen on '"
                        + where
                        + "': no such host, or an address that isn't this machine's; choose another"
                        + " with --listen HOST:PORT",
                cause);
    }
}
