package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkFilesTest {
    private final Path directory;

    NetworkFilesTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void hosts_names_the_container_on_the_loopback_interface() {
        assertEquals(
                """
                127.0.0.1\tlocalhost box
                ::1\tlocalhost ip6-localhost ip6-loopback
                fe00::0\tip6-localnet
                ff00::0\tip6-mcastprefix
                ff02::1\tip6-allnodes
                ff02::2\tip6-allrouters
                """,
                NetworkFiles.hosts("box"));
    }

    @Test
    void network_of_the_host_has_the_resolver_of_the_host() throws IOException {
        NetworkFiles files = files("nameserver 127.0.0.53\noptions edns0\n");
        assertEquals("nameserver 127.0.0.53\noptions edns0\n", files.resolvConf(Network.HOST));
    }

    @Test
    void other_network_has_the_servers_behind_the_stub() throws IOException {
        assertEquals(
                "nameserver 192.0.2.1\n",
                files("nameserver 127.0.0.53\n").resolvConf(Network.NONE));
    }

    @Test
    void server_that_is_no_stub_stays() throws IOException {
        String text = "nameserver 127.0.0.53\nnameserver 192.0.2.2\n";
        assertEquals(text, files(text).resolvConf(Network.NONE));
    }

    @Test
    void host_without_resolv_conf_gives_an_empty_one() throws IOException {
        NetworkFiles files = new NetworkFiles(directory.resolve("no"), directory.resolve("no"));
        assertEquals("", files.resolvConf(Network.HOST));
    }

    private NetworkFiles files(String resolvConf) throws IOException {
        return new NetworkFiles(
                Files.writeString(directory.resolve("resolv.conf"), resolvConf),
                Files.writeString(directory.resolve("uplink"), "nameserver 192.0.2.1\n"));
    }
}
