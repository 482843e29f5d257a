package dev.jbuild.registry.client.transport;

import dev.jbuild.oci.ImageReference;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import okhttp3.HttpUrl;

/// What is known of hosts by their names and addresses.
final class Hosts {
    private static final String DOCKER_HUB_HOST = "registry-1.docker.io";

    private Hosts() {}

    /// The root of a registry's API, or empty if that is no name of a host.
    static Optional<HttpUrl> base(String scheme, String registry) {
        String host = registry.equals(ImageReference.DOCKER_HUB) ? DOCKER_HUB_HOST : registry;
        return Optional.ofNullable(HttpUrl.parse(scheme + "://" + host + "/"))
                .filter(url -> url.pathSize() == 1 && url.username().isEmpty());
    }

    /// Whether a host is this machine by its very name: `localhost` or a literal loopback address.
    static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.matches("127\\.[0-9]+\\.[0-9]+\\.[0-9]+")
                || host.equals("::1");
    }

    /// Whether a name leads into a network that strangers can't reach, and to which a stranger must
    /// not send us. A name that isn't known leads nowhere.
    static boolean isPrivate(String host) {
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
        } catch (UnknownHostException e) {
            return false; // the request itself will say so
        }
    }

    static boolean isSameOrigin(HttpUrl one, HttpUrl other) {
        return one.scheme().equals(other.scheme())
                && one.host().equals(other.host())
                && one.port() == other.port();
    }

    /// fc00::/7 (RFC 4193).
    private static boolean isUniqueLocal(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    }
}
