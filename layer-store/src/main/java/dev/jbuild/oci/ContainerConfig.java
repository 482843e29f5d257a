package dev.jbuild.oci;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a container of the image runs by default (OCI image-spec 1.1, config.md, "config", with
/// docker's additions).
///
/// @param user empty = root; `user`, `uid`, `user:group` …
/// @param exposedPorts `port/protocol`
/// @param env `NAME=value`, in order, each name once
/// @param entrypoint empty optional = none given; present but empty = reset
/// @param volumes paths
/// @param workingDir empty = `/`
/// @param onBuild instructions for the images made from this one
/// @param shell what the shell form runs with; empty = docker's default
public record ContainerConfig(
        String user,
        Set<String> exposedPorts,
        List<String> env,
        Optional<List<String>> entrypoint,
        Optional<List<String>> cmd,
        Set<String> volumes,
        String workingDir,
        Map<String, String> labels,
        Optional<String> stopSignal,
        Optional<Healthcheck> healthcheck,
        Optional<List<String>> shell,
        List<String> onBuild) {
    public static final ContainerConfig EMPTY =
            new ContainerConfig(
                    "",
                    Set.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Set.of(),
                    "",
                    Map.of(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    List.of());

    public ContainerConfig {
        exposedPorts = Set.copyOf(exposedPorts);
        env = List.copyOf(env);
        entrypoint = entrypoint.map(List::copyOf);
        cmd = cmd.map(List::copyOf);
        volumes = Set.copyOf(volumes);
        labels = Map.copyOf(labels);
        shell = shell.map(List::copyOf);
        onBuild = List.copyOf(onBuild);
    }

    /// The value of an environment variable.
    public Optional<String> env(String name) {
        return env.stream()
                .filter(entry -> entry.startsWith(name + "="))
                .map(entry -> entry.substring(name.length() + 1))
                .findFirst();
    }
}
