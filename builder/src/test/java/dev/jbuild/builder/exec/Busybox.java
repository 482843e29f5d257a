package dev.jbuild.builder.exec;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A small root file system for tests, and what they need of the machine.
final class Busybox {
    private static final Path PROGRAM = Path.of("/bin/busybox");
    private static final List<String> APPLETS =
            List.of(
                    "awk",
                    "cat",
                    "chmod",
                    "chroot",
                    "echo",
                    "find",
                    "grep",
                    "head",
                    "hostname",
                    "id",
                    "kill",
                    "ls",
                    "mkdir",
                    "mknod",
                    "mount",
                    "mv",
                    "nslookup",
                    "ps",
                    "rm",
                    "seq",
                    "setsid",
                    "sh",
                    "sleep",
                    "touch",
                    "trap",
                    "true",
                    "unshare",
                    "wc");

    private Busybox() {}

    /// Skips the test, with the reason, if containers can't be run here.
    static void assumeContainers() throws IOException {
        String namespace = System.getenv("JBUILD_NAMESPACE");
        String current = Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")).toString();
        assumeTrue(
                current.equals(namespace),
                "SKIPPED: not in a private mount namespace; run ./test, or Maven inside: unshare"
                        + " --mount --propagation private sh -c 'export JBUILD_NAMESPACE=$(readlink"
                        + " /proc/self/ns/mnt); mvn ...'");
        assumeTrue(
                Files.isExecutable(PROGRAM),
                "SKIPPED: no static busybox at /bin/busybox (apt-get install busybox-static)");
        assumeTrue(
                !OciRuntime.installed().isEmpty(),
                "SKIPPED: neither crun nor runc is installed (apt-get install crun runc)");
    }

    /// Makes a root file system with busybox, its applets, a user `app` (1000:100, also of group
    /// wheel, 10), and none of the mount points of a container.
    static Path rootfs(Path directory) throws IOException {
        Path bin = Files.createDirectories(directory.resolve("bin"));
        Files.copy(PROGRAM, bin.resolve("busybox"));
        for (String applet : APPLETS) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
        Path etc = Files.createDirectories(directory.resolve("etc"));
        Files.writeString(
                etc.resolve("passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:100::/app:/bin/sh\n");
        Files.writeString(etc.resolve("group"), "root:x:0:\nusers:x:100:\nwheel:x:10:app\n");
        return directory;
    }
}
