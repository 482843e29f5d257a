package dev.jbuild.registry.client.network;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How this machine reaches others.
public record Network(Proxies proxies, Certificates certificates) {
    private static final Map<List<Object>, Network> STANDARD = new ConcurrentHashMap<>();

    /// Directly, trusting whom Java trusts.
    public static final Network DIRECT = new Network(Proxies.NONE, Certificates.OF_JAVA);

    /// As the environment says, and the directories that docker and podman use; the same for the
    /// same arguments, so that connections are shared.
    ///
    /// @throws IllegalArgumentException if a variable can't be understood; it says which
    public static Network standard(Map<String, String> environment, Path home) {
        return STANDARD.computeIfAbsent(
                List.of(environment, home),
                _ ->
                        new Network(
                                Proxies.of(environment),
                                Certificates.standard(environment, home, Path.of("/"))));
    }
}
