package dev.jbuild.registry.client.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.jbuild.registry.client.auth.CredentialSource;
import dev.jbuild.registry.client.network.Network;
import java.net.ProtocolException;
import java.time.Duration;
import java.util.Optional;
import okhttp3.HttpUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where requests may go, and how.
class HostsTest {
    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.1", "127.8.9.10", "::1"})
    void loopback_is_known_by_its_name(String host) {
        assertTrue(Hosts.isLoopback(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1.example.com",
                "localhost.example.com",
                "10.0.0.1",
                "192.168.1.1",
                "0.0.0.0"
            })
    void other_hosts_are_not_loopback(String host) {
        assertFalse(Hosts.isLoopback(host));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.1.2.3",
                "192.168.1.1",
                "172.16.0.1",
                "169.254.169.254",
                "::1",
                "fe80::1",
                "fd00::1"
            })
    void private_networks_are_known(String host) {
        assertTrue(Hosts.isPrivate(host));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "2001:4860:4860::8888"})
    void public_addresses_are_not_private(String host) {
        assertFalse(Hosts.isPrivate(host));
    }

    @Test
    void docker_hub_is_at_its_own_host() {
        assertEquals(
                Optional.of("registry-1.docker.io"),
                Hosts.base("https", "docker.io").map(HttpUrl::host));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "host/path", "user@host", "host:99999", "https://host"})
    void what_is_no_host_is_no_registry(String registry) {
        Transport.Settings settings =
                new Transport.Settings(
                        new CredentialSource.Anonymous(),
                        false,
                        Network.DIRECT,
                        new RetryPolicy(1, Duration.ZERO, Duration.ZERO, Duration.ZERO),
                        (_, _) -> {});
        assertThrows(IllegalArgumentException.class, () -> new Transport(registry, settings));
    }

    @Test
    void public_registry_may_not_send_us_into_a_private_network() {
        ProtocolException e =
                assertThrows(
                        ProtocolException.class,
                        () ->
                                new Exchange(false, Network.DIRECT)
                                        .checkRedirect(
                                                url("https://8.8.8.8/"),
                                                url("https://169.254.169.254/latest?x=y")));
        assertEquals(
                "a redirect into a private network, to https://169.254.169.254/latest?x=...",
                e.getMessage());
    }

    @Test
    void redirect_away_from_tls_is_not_followed_unless_allowed() throws Exception {
        HttpUrl from = url("https://8.8.8.8/");
        HttpUrl to = url("http://8.8.4.4/");
        assertThrows(
                ProtocolException.class,
                () -> new Exchange(false, Network.DIRECT).checkRedirect(from, to));
        new Exchange(true, Network.DIRECT).checkRedirect(from, to);
    }

    @Test
    void origin_is_scheme_host_and_port() {
        assertTrue(Hosts.isSameOrigin(url("https://a/x"), url("https://a:443/y")));
        assertFalse(Hosts.isSameOrigin(url("https://a/"), url("http://a/")));
        assertFalse(Hosts.isSameOrigin(url("https://a/"), url("https://a:444/")));
        assertFalse(Hosts.isSameOrigin(url("https://a/"), url("https://b/")));
    }

    @Test
    void url_is_told_without_its_secrets() {
        assertEquals(
                "https://host/v2/a/blobs/uploads/x?digest=sha256:ab&_state=...",
                Urls.redact(
                        url(
                                "https://alice:pw@host/v2/a/blobs/uploads/x?_state=hush&digest=sha256:ab#f")));
    }

    private static HttpUrl url(String text) {
        HttpUrl url = HttpUrl.parse(text);
        if (url == null) {
            throw new AssertionError(text);
        }
        return url;
    }
}
