package dev.jbuild.registry.server.http;

import java.net.InetAddress;
import java.util.HexFormat;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/// The other end of a connection.
///
/// @param secure whether nobody between could read what is sent
/// @param certificate whose certificate the client has shown, if it was one that is trusted
public record Peer(InetAddress address, boolean secure, Optional<X500Principal> certificate) {
    private static final int IPV6_LENGTH = 16;

    /// This process.
    public static final Peer LOCAL =
            new Peer(InetAddress.getLoopbackAddress(), false, Optional.empty());

    /// What belongs to one household: the address, or the first half of it, which is what an IPv6
    /// user is given (RFC 6177).
    public String network() {
        return network(address);
    }

    /// As [#network].
    public static String network(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == IPV6_LENGTH
                ? HexFormat.of().formatHex(bytes, 0, IPV6_LENGTH / 2) + "::/64"
                : address.getHostAddress();
    }

    /// Whether a secret may be sent: to this very machine it can be, without encryption.
    public boolean mayHearSecrets() {
        return secure || address.isLoopbackAddress();
    }
}
