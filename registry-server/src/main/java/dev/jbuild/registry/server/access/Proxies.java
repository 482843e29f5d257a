package dev.jbuild.registry.server.access;

import dev.jbuild.registry.server.http.Peer;
import dev.jbuild.registry.server.http.Request;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reverse proxies whose word is taken for who the client is. Without any, what the connection says
/// counts.
final class Proxies {
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:\\[\\]-]{1,255}");

    private final Set<InetAddress> trusted;

    Proxies(Set<InetAddress> trusted) {
        this.trusted = Set.copyOf(trusted);
    }

    /// The client, which may be behind a proxy that is trusted.
    Peer client(Request request) {
        Peer peer = request.peer();
        if (!trusted.contains(peer.address())) {
            return peer;
        }
        boolean secure =
                last(request, "X-Forwarded-Proto")
                        .map(scheme -> scheme.equalsIgnoreCase("https"))
                        .orElse(peer.secure());
        InetAddress address =
                last(request, "X-Forwarded-For").flatMap(Proxies::literal).orElse(peer.address());
        return new Peer(address, secure, peer.certificate());
    }

    /// Where the client reached this registry.
    ///
    /// @param known with its path, if it has one
    /// @param pathPrefix of the place that is not known
    String base(Optional<URI> known, String pathPrefix, Request request, Peer peer) {
        if (known.isPresent()) {
            String url = known.get().toString();
            return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        }
        String host =
                request.headers()
                        .first("X-Forwarded-Host")
                        .filter(_ -> trusted.contains(request.peer().address()))
                        .or(() -> request.headers().first("Host"))
                        .filter(name -> HOST.matcher(name).matches())
                        .orElse("localhost");
        return (peer.secure() ? "https://" : "http://") + host + pathPrefix;
    }

    /// What this proxy added is the last; what stands before it anyone can have sent.
    private static Optional<String> last(Request request, String name) {
        List<String> fields = request.headers().all(name);
        if (fields.isEmpty()) {
            return Optional.empty();
        }
        String field = fields.getLast();
        return Optional.of(field.substring(field.lastIndexOf(',') + 1).strip());
    }

    /// Never looks a name up.
    private static Optional<InetAddress> literal(String text) {
        try {
            return Optional.of(InetAddress.ofLiteral(text));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
