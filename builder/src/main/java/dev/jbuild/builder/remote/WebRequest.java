package dev.jbuild.builder.remote;

import dev.jbuild.registry.client.network.Clients;
import dev.jbuild.registry.client.network.Network;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import okhttp3.Credentials;
import okhttp3.HttpUrl;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;

/// One GET, and the redirects it leads to. They are followed here and not by OkHttp, so that it is
/// in one place what a server may send us to: never from https to http, and never from a public
/// host into a private network. User and password of the URL go to its own origin alone.
final class WebRequest {
    private static final int MOST_REDIRECTS = 10;

    private final Clients clients;

    WebRequest(Limits limits, Network network) {
        this.clients =
                new Clients(
                        network,
                        Client.INSTANCE
                                .newBuilder()
                                .connectTimeout(limits.connect())
                                .readTimeout(limits.silence())
                                .build());
    }

    /// @return of any status but a redirect; the caller closes it
    Response send(String url, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpUrl first = HttpUrl.parse(url);
        if (first == null) {
            throw new RemoteException(
                    WebAddress.shown(url),
                    "this is no http or https URL",
                    "check how it is written");
        }
        HttpUrl current = first;
        for (int redirects = 0; ; redirects++) {
            Response response =
                    execute(current, headers, isSameOrigin(first, current) ? first : current);
            if (!isRedirect(response)) {
                return response;
            }
            String location = response.header("Location");
            response.close();
            if (redirects == MOST_REDIRECTS) {
                throw new ProtocolException("more than " + MOST_REDIRECTS + " redirects");
            }
            HttpUrl target = location == null ? null : current.resolve(location);
            if (target == null) {
                throw new ProtocolException("a redirect to something that is no http URL");
            }
            check(current, target);
            current = target;
        }
    }

    /// @param secrets holds the user and the password, if there are any
    private Response execute(HttpUrl url, Map<String, String> headers, HttpUrl secrets)
            throws IOException, InterruptedException {
        Request.Builder request = new Request.Builder().url(url).header("User-Agent", "jbuild");
        // Otherwise OkHttp asks for gzip, and the digest would be of something else.
        request.header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        if (!secrets.username().isEmpty()) {
            request.header(
                    "Authorization", Credentials.basic(secrets.username(), secrets.password()));
        }
        try {
            return clients.execute(request.build());
        } catch (IOException e) {
            throw stopped(e);
        }
    }

    /// The exception itself, unless it tells that this thread is to stop.
    static IOException stopped(IOException e) throws InterruptedException {
        boolean interrupted =
                e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException);
        if (interrupted || Thread.currentThread().isInterrupted()) {
            InterruptedException stop =
                    new InterruptedException("interrupted while waiting for a web server");
            stop.initCause(e);
            throw stop;
        }
        return e;
    }

    private static boolean isRedirect(Response response) {
        return switch (response.code()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    private static void check(HttpUrl from, HttpUrl to) throws IOException {
        if (from.isHttps() && !to.isHttps()) {
            throw new ProtocolException(
                    "a redirect away from TLS, to " + WebAddress.shown(to.toString()));
        }
        if (!from.host().equals(to.host()) && isPrivate(to.host()) && !isPrivate(from.host())) {
            throw new ProtocolException(
                    "a redirect into a private network, to " + WebAddress.shown(to.toString()));
        }
    }

    private static boolean isPrivate(String host) {
        try {
            for (InetAddress address : InetAddress.getAllByName(host)) {
                boolean uniqueLocal =
                        address.getAddress().length == 16
                                && (address.getAddress()[0] & 0xfe) == 0xfc;
                if (uniqueLocal
                        || address.isLoopbackAddress()
                        || address.isSiteLocalAddress()
                        || address.isLinkLocalAddress()
                        || address.isAnyLocalAddress()) {
                    return true;
                }
            }
            return false;
        } catch (UnknownHostException e) {
            return false; // the request itself will say so
        }
    }

    private static boolean isSameOrigin(HttpUrl one, HttpUrl other) {
        return one.scheme().equals(other.scheme())
                && one.host().equals(other.host())
                && one.port() == other.port();
    }

    /// Made when first needed: it takes a fifth of a second.
    private static final class Client {
        static final OkHttpClient INSTANCE =
                new OkHttpClient.Builder()
                        .protocols(List.of(Protocol.HTTP_1_1))
                        .followRedirects(false)
                        .followSslRedirects(false)
                        .writeTimeout(Duration.ofSeconds(60))
                        .build();
    }
}
