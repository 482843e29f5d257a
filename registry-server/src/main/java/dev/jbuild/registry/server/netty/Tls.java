package dev.jbuild.registry.server.netty;

import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// The certificate in use. Its files are looked at again at most once a second, when a client
/// connects: a new certificate needs no restart, and one that can't be used leaves the old one in
/// place. TLS 1.2 and 1.3. Safe for use by several threads.
final class Tls {
    private static final long LOOK_NANOS = 1_000_000_000L;
    private static final long HANDSHAKE_MILLIS = 10_000;

    private final TlsConfig config;
    private final Consumer<Exception> failures;
    private SslContext context;
    private List<Object> state;
    private long looked = System.nanoTime();

    /// @param failures told once of each new certificate that can't be used
    /// @throws TlsException says which file is not as it has to be
    Tls(TlsConfig config, Consumer<Exception> failures) throws TlsException {
        this.config = config;
        this.failures = failures;
        this.state = state();
        this.context = load();
    }

    SslHandler handler(SocketChannel channel) {
        SslHandler handler = current().newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        return handler;
    }

    private synchronized SslContext current() {
        long now = System.nanoTime();
        if (now - looked < LOOK_NANOS) {
            return context;
        }
        looked = now;
        List<Object> found = state();
        if (!found.equals(state)) {
            state = found;
            try {
                context = load();
            } catch (TlsException e) {
                failures.accept(e);
            }
        }
        return context;
    }

    private SslContext load() throws TlsException {
        for (Path file : files()) {
            if (!Files.isReadable(file)) {
                throw new TlsException("'" + file + "' can't be read", null);
            }
        }
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forServer(
                                    config.certificate().toFile(), config.key().toFile())
                            .sslProvider(SslProvider.JDK)
                            .protocols("TLSv1.3", "TLSv1.2");
            if (config.clients().isPresent()) {
                builder.trustManager(config.clients().get().toFile())
                        .clientAuth(
                                config.clientsOnly() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
            }
            return builder.build();
        } catch (IOException | IllegalArgumentException e) {
            throw new TlsException(
                    "'"
                            + config.certificate()
                            + "' and '"
                            + config.key()
                            + "' are no certificate and its key: both are PEM, the key PKCS #8"
                            + " without a password (openssl pkcs8 -topk8 -nodes)",
                    e);
        }
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>(List.of(config.certificate(), config.key()));
        config.clients().ifPresent(files::add);
        return files;
    }

    private List<Object> state() {
        List<Object> state = new ArrayList<>();
        for (Path file : files()) {
            try {
                state.add(Files.getLastModifiedTime(file));
                state.add(Files.size(file));
            } catch (IOException _) {
                state.add(FileTime.fromMillis(0));
            }
        }
        return state;
    }
}
