package dev.jbuild.builder.plan;

import dev.jbuild.oci.ContainerConfig;
import dev.jbuild.oci.Healthcheck;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The configuration and the variables of a stage while its instructions are gone through. Confined
/// to one thread.
final class StageState {
    static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");

    /// What an image gets that has no PATH, as docker and buildah do it.
    static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    final Map<String, String> env = new LinkedHashMap<>();
    final Map<String, String> args = new LinkedHashMap<>();
    final Map<String, String> labels = new LinkedHashMap<>();
    final Set<String> exposedPorts = new LinkedHashSet<>();
    final Set<String> volumes = new LinkedHashSet<>();
    final List<String> onBuild = new ArrayList<>();
    String user;
    String workingDir;
    Optional<List<String>> entrypoint;
    Optional<List<String>> cmd;
    Optional<String> stopSignal;
    Optional<Healthcheck> healthcheck;
    Optional<List<String>> shell;
    Optional<String> author;
    boolean cmdIsOwn;

    StageState(ContainerConfig base, Optional<String> author) {
        if (base.env("PATH").isEmpty()) {
            env.put("PATH", DEFAULT_PATH);
        }
        for (String entry : base.env()) {
            int equals = entry.indexOf('=');
            env.put(
                    equals < 0 ? entry : entry.substring(0, equals),
                    equals < 0 ? "" : entry.substring(equals + 1));
        }
        labels.putAll(base.labels());
        exposedPorts.addAll(base.exposedPorts());
        volumes.addAll(base.volumes());
        user = base.user();
        workingDir = base.workingDir();
        entrypoint = base.entrypoint();
        cmd = base.cmd();
        stopSignal = base.stopSignal();
        healthcheck = base.healthcheck();
        shell = base.shell();
        this.author = author;
    }

    /// What a word sees: ENV before ARG.
    Map<String, String> variables() {
        Map<String, String> all = new LinkedHashMap<>(args);
        all.putAll(env);
        return all;
    }

    List<String> shellOrDefault() {
        return shell.orElse(DEFAULT_SHELL);
    }

    String workingDirOrRoot() {
        return workingDir.isEmpty() ? "/" : workingDir;
    }

    /// The environment of a RUN: ENV and the arguments in scope.
    List<String> runEnvironment() {
        List<String> all = new ArrayList<>();
        variables().forEach((name, value) -> all.add(name + "=" + value));
        return all;
    }

    ContainerConfig config() {
        List<String> entries = new ArrayList<>();
        env.forEach((name, value) -> entries.add(name + "=" + value));
        return new ContainerConfig(
                user,
                exposedPorts,
                entries,
                entrypoint,
                cmd,
                volumes,
                workingDir,
                labels,
                stopSignal,
                healthcheck,
                shell,
                onBuild);
    }
}
