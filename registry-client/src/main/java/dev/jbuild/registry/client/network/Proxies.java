package dev.jbuild.registry.client.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The proxies that `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` name, in capitals or not, with the
/// meaning they have for docker, podman and curl. This machine itself is never asked through one.
public final class Proxies extends ProxySelector {
    public static final Proxies NONE = new Proxies(Map.of(), new NoProxy(""));

    private final Map<String, Proxy> byScheme = new HashMap<>();
    private final Map<String, String> authorizations = new HashMap<>();
    private final NoProxy exceptions;

    private Proxies(Map<String, Named> named, NoProxy exceptions) {
        this.exceptions = exceptions;
        named.forEach(
                (scheme, proxy) -> {
                    byScheme.put(scheme, proxy.proxy());
                    proxy.authorization()
                            .ifPresent(value -> authorizations.put(place(proxy.proxy()), value));
                });
    }

    /// @param authorization for `Proxy-Authorization`
    private record Named(Proxy proxy, Optional<String> authorization) {}

    /// @throws IllegalArgumentException if a variable names no proxy; its value, in which a
    ///     password may be, isn't told
    public static Proxies of(Map<String, String> environment) {
        Map<String, Named> named = new HashMap<>();
        for (String scheme : List.of("http", "https")) {
            String variable = scheme.toUpperCase(Locale.ROOT) + "_PROXY";
            String value = value(environment, variable);
            if (!value.isEmpty()) {
                named.put(scheme, parse(variable, value));
            }
        }
        return new Proxies(named, new NoProxy(value(environment, "NO_PROXY")));
    }

    private static String value(Map<String, String> environment, String variable) {
        String value = environment.getOrDefault(variable, "");
        return value.isEmpty()
                ? environment.getOrDefault(variable.toLowerCase(Locale.ROOT), "")
                : value;
    }

    private static Named parse(String variable, String value) {
        URI uri;
        try {
            uri = new URI(value.contains("://") ? value : "http://" + value);
        } catch (URISyntaxException e) {
            throw refused(variable);
        }
        Proxy.Type type =
                switch (String.valueOf(uri.getScheme())) {
                    case "http" -> Proxy.Type.HTTP;
                    case "socks5", "socks5h" -> Proxy.Type.SOCKS;
                    default -> throw refused(variable);
                };
        if (uri.getHost() == null) {
            throw refused(variable);
        }
        int standard = type == Proxy.Type.HTTP ? 80 : 1080;
        int port = uri.getPort() < 0 ? standard : uri.getPort();
        Optional<String> user = Optional.ofNullable(uri.getRawUserInfo());
        if (user.isPresent() && type == Proxy.Type.SOCKS) {
            throw new IllegalArgumentException(
                    variable + ": user and password for a SOCKS proxy can't be used");
        }
        return new Named(
                new Proxy(type, InetSocketAddress.createUnresolved(uri.getHost(), port)),
                user.map(Proxies::basic));
    }

    private static IllegalArgumentException refused(String variable) {
        return new IllegalArgumentException(
                variable
                        + " names no proxy: it is like 'http://cache.example:3128', with 'user:password@'"
                        + " before the host if need be, or begins with 'socks5://'");
    }

    private static String basic(String user) {
        String plain = URLDecoder.decode(user.replace("+", "%2B"), UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(UTF_8));
    }

    @Override
    public List<Proxy> select(URI uri) {
        Proxy proxy = byScheme.get(uri.getScheme());
        String host = String.valueOf(uri.getHost());
        return proxy == null || exceptions.has(host, port(uri))
                ? List.of(Proxy.NO_PROXY)
                : List.of(proxy);
    }

    /// What a proxy wants to see in `Proxy-Authorization`, if anything was given for it.
    public Optional<String> authorization(Proxy proxy) {
        return Optional.ofNullable(authorizations.get(place(proxy)));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException cause) {
        // there is no other one to try
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
    }

    private static String place(Proxy proxy) {
        return proxy.address() instanceof InetSocketAddress address
                ? address.getHostString() + ":" + address.getPort()
                : "";
    }
}
