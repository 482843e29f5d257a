package dev.jbuild.builder.exec;

import dev.jbuild.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Writes a runtime's config.json (OCI runtime-spec 1.0, config.md and config-linux.md).
///
/// There is no user namespace in it: the launcher has entered one if the caller is no root. There
/// are no cgroups either, so that none can stay behind. Docker keeps a container from the host's
/// disks by a device cgroup; here every file system the command can write is `nodev`, and the
/// harmless devices are bound into /dev.
final class RuntimeConfig {
    static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final List<String> DEVICES =
            List.of("null", "zero", "full", "random", "urandom", "tty");
    private static final List<String> MASKED =
            List.of(
                    "/proc/asound",
                    "/proc/acpi",
                    "/proc/interrupts",
                    "/proc/kcore",
                    "/proc/keys",
                    "/proc/latency_stats",
                    "/proc/timer_list",
                    "/proc/timer_stats",
                    "/proc/sched_debug",
                    "/proc/scsi",
                    "/sys/firmware",
                    "/sys/devices/virtual/powercap");
    private static final List<String> READ_ONLY =
            List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");
    private static final long MOST_OPEN_FILES = 1 << 20; // what dockerd and buildah give
    private static final long UMASK = 0022;

    private final RunSpec spec;
    private final Host host;
    private final boolean confined;

    RuntimeConfig(RunSpec spec, Host host) {
        this.spec = spec;
        this.host = host;
        this.confined = spec.privileges() == Privileges.DEFAULT;
    }

    /// @param binds those of the spec and the generated files, their destinations without symbolic
    ///     links
    Json json(List<BindMount> binds) throws IOException {
        return Json.object()
                .put("ociVersion", "1.0.2")
                .put("process", process())
                .put("root", Json.object().put("path", spec.rootfs().toString()).build())
                .put("hostname", spec.hostname())
                .put("mounts", Json.array(mounts(binds)))
                .put("linux", linux())
                .build();
    }

    private Json process() {
        Json.ObjectWriter user =
                Json.object()
                        .put("uid", spec.user().uid())
                        .put("gid", spec.user().gid())
                        .put("umask", UMASK)
                        .put("additionalGids", Json.array(groups()));
        long openFiles = Math.min(host.openFiles(), MOST_OPEN_FILES);
        Json limit =
                Json.object()
                        .put("type", "RLIMIT_NOFILE")
                        .put("hard", openFiles)
                        .put("soft", openFiles)
                        .build();
        return Json.object()
                .put("terminal", spec.stdio() == Stdio.TERMINAL)
                .put("user", user.build())
                .put("args", Json.strings(spec.args()))
                .put("env", Json.strings(environment()))
                .put("cwd", spec.cwd())
                .put("capabilities", capabilities())
                .put("rlimits", Json.array(List.of(limit)))
                .put("noNewPrivileges", false)
                .build();
    }

    /// The primary group is among them: a process could else drop it, and with it what a file
    /// denies to that group (CVE-2022-2989).
    private List<Json> groups() {
        Set<Integer> gids = new LinkedHashSet<>();
        gids.add(spec.user().gid());
        gids.addAll(spec.user().additionalGids());
        return gids.stream().map(gid -> Json.of((long) gid)).toList();
    }

    private List<String> environment() {
        List<String> env = new ArrayList<>(spec.env());
        addIfMissing(env, "PATH=" + DEFAULT_PATH);
        addIfMissing(env, "HOME=" + spec.user().home());
        if (spec.stdio() == Stdio.TERMINAL) {
            addIfMissing(env, "TERM=xterm");
        }
        return env;
    }

    private static void addIfMissing(List<String> env, String variable) {
        String prefix = variable.substring(0, variable.indexOf('=') + 1);
        if (env.stream().noneMatch(other -> other.startsWith(prefix))) {
            env.add(variable);
        }
    }

    /// Neither inheritable nor ambient, so that a user other than root has none, but a set-uid
    /// program can have those of the bounding set.
    private Json capabilities() {
        List<String> bounding = new ArrayList<>(host.capabilities());
        if (confined) {
            bounding.retainAll(LinuxCapabilities.DOCKER);
        }
        List<String> effective = spec.user().uid() == 0 ? bounding : List.of();
        return Json.object()
                .put("bounding", Json.strings(bounding))
                .put("effective", Json.strings(effective))
                .put("inheritable", Json.strings(List.of()))
                .put("permitted", Json.strings(effective))
                .put("ambient", Json.strings(List.of()))
                .build();
    }

    private List<Json> mounts(List<BindMount> binds) {
        List<Json> mounts = new ArrayList<>();
        mounts.add(mount("/proc", "proc", "proc", List.of("nosuid", "noexec", "nodev")));
        mounts.add(mount("/dev", "tmpfs", "tmpfs", devOptions()));
        // In a user namespace the runtimes bind them themselves, and runc trips over ours.
        if (confined && !host.userNamespace()) {
            for (String device : DEVICES) {
                String path = "/dev/" + device;
                mounts.add(mount(path, "bind", path, List.of("bind", "nosuid", "noexec")));
            }
        }
        mounts.add(
                mount(
                        "/dev/pts",
                        "devpts",
                        "devpts",
                        List.of(
                                "nosuid",
                                "noexec",
                                "newinstance",
                                "ptmxmode=0666",
                                "mode=0620",
                                "gid=5")));
        mounts.add(
                mount(
                        "/dev/shm",
                        "tmpfs",
                        "shm",
                        List.of("nosuid", "noexec", "nodev", "mode=1777", "size=65536k")));
        mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", List.of("nosuid", "noexec", "nodev")));
        mounts.add(sys());
        spec.tmpfs().forEach(tmpfs -> mounts.add(tmpfs(tmpfs)));
        binds.forEach(bind -> mounts.add(bind(bind)));
        if (confined || spec.readOnlyRootfs()) {
            mounts.add(rootfs());
        }
        return mounts;
    }

    /// Makes the root file system `nodev`, and read-only if asked for. The options it is mounted
    /// with don't count, since crun sets them anew, and both lose `nodev` over `root.readonly`.
    /// crun takes no '/' here, but what leads there.
    private Json rootfs() {
        List<String> options = new ArrayList<>(List.of("bind", "remount"));
        if (confined) {
            options.add("nodev");
        }
        if (spec.readOnlyRootfs()) {
            options.add("ro");
        }
        return mount("/.", "bind", spec.rootfs().toString(), options);
    }

    private List<String> devOptions() {
        List<String> options = new ArrayList<>(List.of("nosuid"));
        if (confined) {
            options.add("nodev");
        }
        options.addAll(List.of("strictatime", "mode=755", "size=65536k"));
        return options;
    }

    /// A user namespace may mount sysfs only with a network namespace of its own: the host's is
    /// bound in then.
    private Json sys() {
        String access = confined ? "ro" : "rw";
        if (host.userNamespace() && spec.network() == Network.HOST) {
            return mount(
                    "/sys",
                    "bind",
                    "/sys",
                    List.of("rbind", "rprivate", "nosuid", "noexec", "nodev", access));
        }
        return mount("/sys", "sysfs", "sysfs", List.of("nosuid", "noexec", "nodev", access));
    }

    private static Json tmpfs(TmpfsMount tmpfs) {
        List<String> options = new ArrayList<>(List.of("nosuid", "nodev", "mode=1777"));
        tmpfs.size().ifPresent(size -> options.add("size=" + size));
        return mount(tmpfs.destination(), "tmpfs", "tmpfs", options);
    }

    private static Json bind(BindMount bind) {
        return mount(
                bind.destination(),
                "bind",
                bind.source().toString(),
                List.of("rbind", "rprivate", "nodev", bind.readOnly() ? "ro" : "rw"));
    }

    private static Json mount(
            String destination, String type, String source, List<String> options) {
        return Json.object()
                .put("destination", destination)
                .put("type", type)
                .put("source", source)
                .put("options", Json.strings(options))
                .build();
    }

    private Json linux() throws IOException {
        List<String> namespaces = new ArrayList<>(List.of("pid", "ipc", "uts", "mount", "cgroup"));
        switch (spec.network()) {
            case HOST -> {}
            case NONE -> namespaces.add("network");
        }
        Json.ObjectWriter linux =
                Json.object()
                        .put(
                                "namespaces",
                                Json.array(
                                        namespaces.stream()
                                                .map(RuntimeConfig::namespace)
                                                .toList()));
        if (confined) {
            linux.put("maskedPaths", Json.strings(MASKED))
                    .put("readonlyPaths", Json.strings(READ_ONLY))
                    .put("seccomp", Seccomp.profile(host.architecture()));
        }
        return linux.build();
    }

    private static Json namespace(String type) {
        return Json.object().put("type", type).build();
    }
}
