package dev.jbuild.registry.server.netty;

import dev.jbuild.registry.server.http.Peer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;

/// What a connection tells of its other end.
final class Peers {
    private Peers() {}

    static Peer of(SocketChannel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return new Peer(
                channel.remoteAddress().getAddress(),
                tls != null,
                tls == null ? Optional.empty() : certificate(tls));
    }

    private static Optional<X500Principal> certificate(SslHandler tls) {
        try {
            return tls.engine().getSession().getPeerCertificates()[0]
                            instanceof X509Certificate shown
                    ? Optional.of(shown.getSubjectX500Principal())
                    : Optional.empty();
        } catch (SSLPeerUnverifiedException _) {
            return Optional.empty();
        }
    }
}
