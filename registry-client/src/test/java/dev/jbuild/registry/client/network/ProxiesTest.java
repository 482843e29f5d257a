package dev.jbuild.registry.client.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The variables that name proxies.
class ProxiesTest {
    private static final String HTTPS = "http://one.example:3128";

    @Test
    void each_scheme_has_its_own_proxy() {
        Proxies proxies =
                Proxies.of(Map.of("HTTPS_PROXY", HTTPS, "http_proxy", "socks5://two.example"));
        assertEquals(List.of(http("one.example", 3128)), select(proxies, "https://r.example/v2/"));
        assertEquals(
                List.of(
                        new Proxy(
                                Proxy.Type.SOCKS,
                                InetSocketAddress.createUnresolved("two.example", 1080))),
                select(proxies, "http://r.example/v2/"));
    }

    @Test
    void a_proxy_may_be_a_host_alone() {
        assertEquals(
                List.of(http("one.example", 80)),
                select(Proxies.of(Map.of("https_proxy", "one.example")), "https://r.example/"));
    }

    @Test
    void user_and_password_are_for_that_proxy() {
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", "http://al%40ice:pa%3Ass@p.example:1"));
        assertEquals(
                Optional.of("Basic YWxAaWNlOnBhOnNz"), proxies.authorization(http("p.example", 1)));
        assertEquals(Optional.empty(), proxies.authorization(http("p.example", 2)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://secret@p.example", "http://", "http://a b", "https://p.example"})
    void what_is_no_proxy_is_refused_without_telling_it(String value) {
        IllegalArgumentException e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Proxies.of(Map.of("HTTPS_PROXY", value)));
        String message = String.valueOf(e.getMessage());
        assertEquals("HTTPS_PROXY names no proxy: it is like", message.substring(0, 38));
        assertFalse(message.contains("secret"), message);
    }

    @ParameterizedTest
    @CsvSource({
        "'', https://r.example/, true",
        "*, https://r.example/, false",
        "'other.example, r.example', https://r.example/, false",
        "r.example, https://a.r.example/, false",
        "r.example, https://ar.example/, true",
        ".r.example, https://r.example/, true",
        ".r.example, https://a.r.example/, false",
        "*.r.example, https://a.r.example/, false",
        "R.EXAMPLE, https://r.Example/, false",
        "r.example:443, https://r.example/, false",
        "r.example:5000, https://r.example/, true",
        "10.0.0.0/8, https://10.1.2.3/, false",
        "10.0.0.0/8, https://11.1.2.3/, true",
        "10.0.0.0/33, https://10.0.0.1/, true",
        "192.0.2.7, https://192.0.2.7:5000/, false",
        "192.0.2.7:5000, https://192.0.2.7:5000/, false",
        "2001:db8::/32, 'https://[2001:db8::1]/', false",
        "[2001:db8::1]:443, 'https://[2001:db8::1]/', false",
        "'', https://localhost:5000/, false",
        "'', https://127.0.0.9/, false",
        "'', 'https://[::1]:5000/', false"
    })
    void what_no_proxy_names_is_reached_directly(String list, String url, boolean proxied) {
        Proxies proxies = Proxies.of(Map.of("HTTPS_PROXY", HTTPS, "NO_PROXY", list));
        assertEquals(
                List.of(proxied ? http("one.example", 3128) : Proxy.NO_PROXY),
                select(proxies, url));
    }

    private static List<Proxy> select(Proxies proxies, String url) {
        return proxies.select(URI.create(url));
    }

    private static Proxy http(String host, int port) {
        return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port));
    }
}
