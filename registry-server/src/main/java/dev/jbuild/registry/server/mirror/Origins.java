package dev.jbuild.registry.server.mirror;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;

/// Where a registry may send whoever asks it.
final class Origins {
    private Origins() {}

    /// @param what leads there, such as a redirect
    /// @throws IOException if it leads out of TLS, or into a network that strangers can't reach
    static void requireReachable(URI from, URI to, String what) throws IOException {
        boolean web = "http".equals(to.getScheme()) || "https".equals(to.getScheme());
        if (!web || to.getHost() == null) {
            throw new IOException("the mirror's " + what + " leads to no web address");
        }
        if (isSecure(from) && !isSecure(to)) {
            throw new IOException(
                    "the mirror's "
                            + what
                            + " leads to "
                            + place(to)
                            + " without TLS, which is not followed");
        }
        if (isPrivate(to.getHost()) && !isPrivate(String.valueOf(from.getHost()))) {
            throw new IOException(
                    "the mirror's "
                            + what
                            + " leads into a private network, to "
                            + place(to)
                            + ", which is not followed");
        }
    }

    /// Whether a secret may be sent there.
    static boolean mayHearSecrets(URI uri) {
        return isSecure(uri) || isLoopback(String.valueOf(uri.getHost()));
    }

    static boolean isSame(URI one, URI other) {
        return String.valueOf(one.getScheme()).equals(other.getScheme())
                && String.valueOf(one.getHost()).equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    /// Without path and query, in which there may be secrets.
    static String place(URI uri) {
        return uri.getScheme() + "://" + uri.getRawAuthority();
    }

    private static boolean isSecure(URI uri) {
        return "https".equals(uri.getScheme());
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : isSecure(uri) ? 443 : 80;
    }

    /// By its name alone, for nobody else can say what an address of this machine is.
    private static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.matches("127\\.[0-9]+\\.[0-9]+\\.[0-9]+")
                || host.equals("[::1]");
    }

    private static boolean isPrivate(String host) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                if (address.isLoopbackAddress()
                        || address.isSiteLocalAddress()
                        || address.isLinkLocalAddress()
                        || address.isAnyLocalAddress()
                        || isUniqueLocal(address)) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException _) {
            return false; // the request itself will say so
        }
    }

    /// fc00::/7 (RFC 4193).
    private static boolean isUniqueLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    }
}
