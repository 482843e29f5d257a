package dev.jbuild.registry.server.http;

import java.net.InetAddress;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/// The other end of a connection.
///
/// @param secure whether nobody between could read what is sent
/// @param certificate whose certificate the client has shown, if it was one that is trusted
public record Peer(InetAddress address, boolean secure, Optional<X500Principal> certificate) {
    /// This process.
    public static final Peer LOCAL =
            new Peer(InetAddress.getLoopbackAddress(), false, Optional.empty());

    /// Whether a secret may be sent: to this very machine it can be, without encryption.
    public boolean mayHearSecrets() {
        return secure || address.isLoopbackAddress();
    }
}
