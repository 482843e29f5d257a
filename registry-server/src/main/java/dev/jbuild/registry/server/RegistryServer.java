package dev.jbuild.registry.server;

import dev.jbuild.registry.server.http.Exchange;
import dev.jbuild.registry.server.http.Request;
import dev.jbuild.registry.server.http.Response;
import dev.jbuild.registry.server.netty.HttpFrontend;
import dev.jbuild.registry.server.netty.HttpLimits;
import dev.jbuild.registry.server.protocol.RegistryHandler;
import dev.jbuild.registry.server.storage.Metadata;
import dev.jbuild.registry.server.storage.StorageException;
import dev.jbuild.registry.server.upkeep.GarbageCollector;
import dev.jbuild.registry.server.upkeep.Housekeeping;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.time.Instant;

/// A registry that runs. Several can run in one process, each on a root of its own.
public final class RegistryServer implements AutoCloseable {
    private final ServerConfig config;
    private final Root root;
    private final HttpFrontend frontend;
    private final Housekeeping housekeeping;

    private RegistryServer(ServerConfig config, Root root, HttpFrontend frontend) {
        this.config = config;
        this.root = root;
        this.frontend = frontend;
        this.housekeeping =
                new Housekeeping(
                        root.uploads(),
                        config.uploadAge(),
                        new GarbageCollector(root.metadata(), root.content(), config.garbage()),
                        config.upkeep(),
                        _ -> {},
                        config.failures());
    }

    /// Returns when the server answers requests. The caller closes it.
    ///
    /// @throws ServerStartException says what is in the way and what to do about it
    public static RegistryServer start(ServerConfig config)
            throws ServerStartException, InterruptedException {
        Root root = Root.open(config.root());
        try {
            RegistryHandler handler =
                    new RegistryHandler(
                            root.metadata(),
                            root.content(),
                            root.uploads(),
                            config.sparse(),
                            config.garbage(),
                            config.failures());
            HttpFrontend frontend =
                    new HttpFrontend(
                            config.listen(),
                            recorded(handler, config),
                            HttpLimits.DEFAULT,
                            config.failures());
            return new RegistryServer(config, root, frontend);
        } catch (IOException | UnresolvedAddressException e) {
            root.close(config.failures());
            throw cannotListen(config.listen(), e);
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
        try {
            housekeeping.stop();
            frontend.drain(config.drain());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } finally {
            root.close(config.failures());
        }
    }

    /// Removes abandoned uploads and garbage now rather than after the next pause.
    void upkeep() throws InterruptedException {
        housekeeping.once();
    }

    Metadata.Totals totals() throws StorageException {
        return root.metadata().totals();
    }

    private static Exchange recorded(Exchange exchange, ServerConfig config) {
        return request -> {
            Instant at = Instant.now();
            long start = System.nanoTime();
            Response response = exchange.respond(request);
            config.requests().accept(record(request, response, at, System.nanoTime() - start));
            return response;
        };
    }

    private static RequestRecord record(
            Request request, Response response, Instant at, long nanos) {
        return new RequestRecord(
                at,
                request.method(),
                request.path(),
                response.status(),
                response.content().length(),
                Duration.ofNanos(nanos));
    }

    private static ServerStartException cannotListen(InetSocketAddress listen, Exception cause) {
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
