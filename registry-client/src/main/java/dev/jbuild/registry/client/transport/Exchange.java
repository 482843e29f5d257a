package dev.jbuild.registry.client.transport;

import dev.jbuild.registry.client.network.Clients;
import dev.jbuild.registry.client.network.Network;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import okhttp3.ConnectionPool;
import okhttp3.HttpUrl;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;

/// Sends one request and follows its redirects, without retries. Redirects are followed here and
/// not by OkHttp, so that it is in one place what goes along to another host: never
/// `Authorization`.
final class Exchange {
    private static final int MOST_REDIRECTS = 5;
    private static final Set<String> READS = Set.of("GET", "HEAD");

    private final boolean plainHttpAllowed;
    private final Clients clients;

    /// @param plainHttpAllowed whether a redirect may leave TLS
    Exchange(boolean plainHttpAllowed, Network network) {
        this.plainHttpAllowed = plainHttpAllowed;
        this.clients = Client.BY_NETWORK.computeIfAbsent(network, Client::of);
    }

    /// @param authorization for the origin of `url` alone
    Answer send(
            String method,
            HttpUrl url,
            Map<String, String> headers,
            Optional<Payload> payload,
            Optional<String> authorization)
            throws IOException, InterruptedException {
        HttpUrl current = url;
        for (int redirects = 0; ; redirects++) {
            Optional<String> allowed =
                    Hosts.isSameOrigin(url, current) ? authorization : Optional.empty();
            Response response = execute(method, current, headers, payload, allowed);
            Optional<HttpUrl> target = redirect(method, response);
            if (target.isEmpty()) {
                return new Answer(response);
            }
            response.close();
            if (redirects == MOST_REDIRECTS) {
                throw new ProtocolException("more than " + MOST_REDIRECTS + " redirects");
            }
            checkRedirect(current, target.get());
            current = target.get();
        }
    }

    /// 301 to 303 are followed for reads only: for others they would change the method.
    private static Optional<HttpUrl> redirect(String method, Response response)
            throws ProtocolException {
        boolean follow =
                switch (response.code()) {
                    case 301, 302, 303 -> READS.contains(method);
                    case 307, 308 -> true;
                    default -> false;
                };
        String location = response.header("Location");
        if (!follow || location == null) {
            return Optional.empty();
        }
        HttpUrl target = response.request().url().resolve(location);
        if (target == null) {
            response.close();
            throw new ProtocolException("a redirect to something that is no http URL");
        }
        return Optional.of(target);
    }

    /// Whether a registry may send us there.
    void checkRedirect(HttpUrl from, HttpUrl to) throws ProtocolException {
        if (from.isHttps() && !to.isHttps() && !plainHttpAllowed) {
            throw new ProtocolException("a redirect away from TLS, to " + Urls.redact(to));
        }
        if (!from.host().equals(to.host())
                && Hosts.isPrivate(to.host())
                && !Hosts.isPrivate(from.host())) {
            throw new ProtocolException("a redirect into a private network, to " + Urls.redact(to));
        }
    }

    private Response execute(
            String method,
            HttpUrl url,
            Map<String, String> headers,
            Optional<Payload> payload,
            Optional<String> authorization)
            throws IOException, InterruptedException {
        Request.Builder request =
                new Request.Builder().url(url).method(method, body(method, payload));
        request.header("User-Agent", "jbuild");
        // Otherwise OkHttp asks for gzip, and digests would be of something else.
        request.header("Accept-Encoding", "identity");
        headers.forEach(request::header);
        authorization.ifPresent(value -> request.header("Authorization", value));
        try {
            return clients.execute(request.build());
        } catch (IOException e) {
            if (Thread.currentThread().isInterrupted()
                    || (e instanceof InterruptedIOException
                            && !(e instanceof SocketTimeoutException))) {
                throw interrupted(e);
            }
            throw e;
        }
    }

    private static InterruptedException interrupted(IOException cause) {
        InterruptedException interrupted =
                new InterruptedException("interrupted while waiting for the registry");
        interrupted.initCause(cause);
        return interrupted;
    }

    private static @org.jspecify.annotations.Nullable RequestBody body(
            String method, Optional<Payload> payload) {
        if (payload.isPresent()) {
            return new PayloadBody(payload.get());
        }
        boolean needsBody =
                Set.of("POST", "PUT", "PATCH").contains(method.toUpperCase(Locale.ROOT));
        return needsBody ? new PayloadBody(Payload.of(new byte[0])) : null;
    }

    /// A request's body without a media type of its own; the headers say it.
    private static final class PayloadBody extends RequestBody {
        private final Payload payload;

        PayloadBody(Payload payload) {
            this.payload = payload;
        }

        @Override
        public @org.jspecify.annotations.Nullable MediaType contentType() {
            return null;
        }

        @Override
        public long contentLength() {
            return payload.length().orElse(-1);
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            payload.writeTo(sink);
        }
    }

    /// Made when first needed: it takes a fifth of a second. HTTP/1.1 only, because the parallel
    /// transfers of large blobs would share one window of an HTTP/2 connection.
    private static final class Client {
        static final Map<Network, Clients> BY_NETWORK = new ConcurrentHashMap<>();

        static final OkHttpClient INSTANCE =
                new OkHttpClient.Builder()
                        .protocols(List.of(Protocol.HTTP_1_1))
                        .connectionPool(new ConnectionPool(16, 1, TimeUnit.MINUTES))
                        .followRedirects(false)
                        .followSslRedirects(false)
                        .connectTimeout(10, TimeUnit.SECONDS)
                        .readTimeout(60, TimeUnit.SECONDS)
                        .writeTimeout(60, TimeUnit.SECONDS)
                        .build();

        static Clients of(Network network) {
            return new Clients(network, INSTANCE);
        }
    }
}
