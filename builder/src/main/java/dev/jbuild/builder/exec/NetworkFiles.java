package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The /etc/resolv.conf and /etc/hosts that a command sees.
///
/// @param resolvConf the host's
/// @param uplink the one that names the servers behind systemd-resolved's stub
record NetworkFiles(Path resolvConf, Path uplink) {

    static NetworkFiles ofHost() {
        return new NetworkFiles(
                Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));
    }

    /// The host's, as it stands. A server on the loopback interface of the host can't be reached
    /// from another network: if there are no others, those that it asks itself are named.
    String resolvConf(Network network) throws IOException {
        String text = read(resolvConf);
        return switch (network) {
            case HOST -> text;
            case NONE -> onlyLoopback(text) && Files.isReadable(uplink) ? read(uplink) : text;
        };
    }

    static String hosts(String hostname) {
        String names = hostname.isEmpty() ? "localhost" : "localhost " + hostname;
        return "127.0.0.1\t"
                + names
                + "\n"
                + "::1\tlocalhost ip6-localhost ip6-loopback\n"
                + "fe00::0\tip6-localnet\n"
                + "ff00::0\tip6-mcastprefix\n"
                + "ff02::1\tip6-allnodes\n"
                + "ff02::2\tip6-allrouters\n";
    }

    private static boolean onlyLoopback(String text) {
        List<String> servers =
                text.lines()
                        .map(String::strip)
                        .filter(line -> line.startsWith("nameserver"))
                        .map(line -> line.substring("nameserver".length()).strip())
                        .toList();
        return servers.stream()
                .allMatch(server -> server.startsWith("127.") || server.equals("::1"));
    }

    /// Empty if the host has none: programs then ask a server on the loopback interface.
    private static String read(Path file) throws IOException {
        return Files.exists(file)
                ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                : "";
    }
}
