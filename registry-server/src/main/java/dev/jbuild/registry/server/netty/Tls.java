package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.reload.Reloaded;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/// The certificate in use. A new one needs no restart, and one that can't be used leaves the old
/// one in place. TLS 1.2 and 1.3 with the ciphers that HTTP/2 allows. Safe for use by several
/// threads.
final class Tls implements AutoCloseable {
    private static final long HANDSHAKE_MILLIS = 10_000;

    /// Kept so that clients of TLS 1.2 without tickets come back faster; each is some kilobytes.
    private static final int SESSIONS = 1000;

    private static final int SESSION_SECONDS = 3600;

    private static final ApplicationProtocolConfig PROTOCOLS =
            new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1);

    private final Reloaded<SslContext> context;

    /// @param failures told once of each new certificate that can't be used
    /// @throws TlsException says which file is not as it has to be
    Tls(TlsConfig config, Consumer<Exception> failures) throws IOException {
        List<Path> files = new ArrayList<>(List.of(config.certificate(), config.key()));
        config.clients().ifPresent(files::add);
        context = Reloaded.open(files, () -> load(config), failures);
    }

    SslHandler handler(SocketChannel channel) {
        SslHandler handler = context.value().newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(HANDSHAKE_MILLIS);
        return handler;
    }

    @Override
    public void close() {
        context.close();
    }

    private static SslContext load(TlsConfig config) throws TlsException {
        Identity identity = Identity.read(config.certificate(), config.key());
        SslContextBuilder builder =
                SslContextBuilder.forServer(identity.key(), identity.chain())
                        .sslProvider(SslProvider.JDK)
                        .protocols("TLSv1.3", "TLSv1.2")
                        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                        .sessionCacheSize(SESSIONS)
                        .sessionTimeout(SESSION_SECONDS)
                        .applicationProtocolConfig(PROTOCOLS);
        if (config.clients().isPresent()) {
            builder.trustManager(Identity.certificates(config.clients().get()))
                    .clientAuth(config.clientsOnly() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
        }
        try {
            return builder.build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new TlsException(
                    "'"
                            + config.certificate()
                            + "' and '"
                            + config.key()
                            + "' can't be used for TLS",
                    e);
        }
    }
}
