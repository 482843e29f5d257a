package dev.jbuild.registry.client.network;

import java.io.IOException;
import java.net.SocketException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.Route;
import org.jspecify.annotations.Nullable;

/// HTTP through a [Network]: each host with its own authorities and certificates, all with the
/// connections of one client. Safe for use by several threads.
public final class Clients {
    private final Network network;
    private final OkHttpClient base;
    private final Map<Place, Reached> reached = new ConcurrentHashMap<>();

    /// @param base says everything else
    public Clients(Network network, OkHttpClient base) {
        this.network = network;
        this.base = base;
    }

    /// @param host empty for all without TLS
    private record Place(String host, int port) {}

    /// @param answered whether a request was ever answered
    private record Reached(OkHttpClient client, Optional<Tls> tls, AtomicBoolean answered) {
        boolean lacksCertificate() {
            return !answered.get() && tls.isPresent() && tls.get().askedInVain().getAsBoolean();
        }
    }

    /// Sends a request. The caller closes the answer.
    ///
    /// @throws CertificateFileException if one of ours can't be used, or is missing
    public Response execute(Request request) throws IOException {
        HttpUrl url = request.url();
        Reached host = reached(url);
        try {
            Response response = host.client().newCall(request).execute();
            host.answered().set(true);
            return response;
        } catch (SSLException | SocketException e) {
            throw host.lacksCertificate()
                    ? CertificateFileException.missing(url.host(), url.port(), e)
                    : e;
        }
    }

    private Reached reached(HttpUrl url) throws IOException {
        Place place = url.isHttps() ? new Place(url.host(), url.port()) : new Place("", 0);
        Reached known = reached.get(place);
        if (known == null) {
            known = make(place);
            Reached other = reached.putIfAbsent(place, known);
            known = other == null ? known : other;
        }
        return known;
    }

    private Reached make(Place place) throws IOException {
        OkHttpClient.Builder client = base.newBuilder();
        if (!network.proxies().equals(Proxies.NONE)) {
            client.proxySelector(network.proxies()).proxyAuthenticator(this::authorizeProxy);
        }
        Optional<Tls> tls =
                place.host().isEmpty()
                        ? Optional.empty()
                        : network.certificates().of(place.host(), place.port());
        tls.ifPresent(own -> client.sslSocketFactory(own.sockets(), own.trust()));
        return new Reached(client.build(), tls, new AtomicBoolean());
    }

    private @Nullable Request authorizeProxy(@Nullable Route route, Response response) {
        Request request = response.request();
        if (route == null || request.header("Proxy-Authorization") != null) {
            return null;
        }
        return network.proxies()
                .authorization(route.proxy())
                .map(value -> request.newBuilder().header("Proxy-Authorization", value).build())
                .orElse(null);
    }
}
