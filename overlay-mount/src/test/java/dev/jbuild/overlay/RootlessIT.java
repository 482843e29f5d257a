package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.jbuild.oci.ChainId;
import dev.jbuild.oci.Digest;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// An ordinary user with subordinate ids, in a user namespace as the launcher makes it, gets the
/// same layers as root.
class RootlessIT implements AwaitsBackgroundWork {
    private static final String USER = "jbuildoverlay";

    @Test
    void ordinary_user_gives_the_same_layers_as_root() throws Exception {
        Namespaces.assumePrivateMounts();
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "needs root, to become another user");
        for (String tool : List.of("newuidmap", "runuser", "useradd")) {
            assumeTrue(
                    Stream.of("/usr/bin/", "/usr/sbin/", "/sbin/")
                            .anyMatch(in -> Files.exists(Path.of(in + tool))),
                    "needs " + tool + " (apt-get install uidmap passwd util-linux)");
        }
        // not @TempDir: what is in it belongs to ids that only root can remove, and so it does
        Path directory = Files.createTempDirectory("rootless");
        boolean made = run("useradd", "--no-create-home", USER) == 0;
        try {
            List<String> expected = layers(Files.createDirectory(directory.resolve("root")));
            assertEquals(expected, asUser(directory));
        } finally {
            if (made) {
                run("userdel", USER);
            }
            run("rm", "-rf", directory.toString());
        }
    }

    private static List<String> asUser(Path directory) throws Exception {
        Path classes = Files.createDirectory(directory.resolve("classes"));
        List<String> places = new ArrayList<>();
        for (String place : OtherProcess.classPath().split(File.pathSeparator, -1)) {
            if (place.contains("overlay-mount") || place.contains("layer-store")) {
                Path copy = classes.resolve("" + places.size());
                run("cp", "-r", place, copy.toString());
                places.add(copy.toString());
            }
        }
        Path store = Files.createDirectory(directory.resolve("user"));
        run("chmod", "-R", "go+rX", directory.toString());
        run("chown", USER, store.toString());
        Process process =
                new ProcessBuilder(
                                "runuser",
                                "-u",
                                USER,
                                "--",
                                "unshare",
                                "--user",
                                "--map-root-user",
                                "--map-auto",
                                "--mount",
                                "--propagation",
                                "private",
                                "sh",
                                "-c",
                                "JBUILD_NAMESPACE=$(readlink /proc/self/ns/mnt) exec \"$@\"",
                                "sh",
                                System.getProperty("java.home") + "/bin/java",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                String.join(File.pathSeparator, places),
                                Layers.class.getName(),
                                store.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        List<String> lines;
        try (var out = process.inputReader(StandardCharsets.UTF_8)) {
            lines = out.lines().toList();
        }
        assertEquals(0, process.waitFor());
        return lines;
    }

    /// Prints the layers.
    static final class Layers {
        public static void main(String[] arguments) throws IOException {
            OtherProcess.say(String.join("\n", layers(Path.of(arguments[0]))));
        }
    }

    /// One digest for each layer.
    private static List<String> layers(Path store) throws IOException {
        List<String> digests = new ArrayList<>();
        OverlaySnapshotter snapshotter =
                new OverlaySnapshotter(
                        store,
                        warning -> {
                            if (!warning.contains("is a socket")) {
                                throw new AssertionError(warning);
                            }
                        });
        Optional<ChainId> parent = Optional.empty();
        for (int round = 0; round < 3; round++) {
            Recorded layer = new Recorded();
            Digest digest;
            try (ActiveSnapshot active = snapshotter.prepare(parent)) {
                new RandomChanges(active.root(), round, RandomChanges.Rights.USER).run(40);
                active.normalizeTimes(Instant.EPOCH);
                active.diff(layer);
                digest =
                        Digest.sha256(
                                (parent + layer.items.toString()).getBytes(StandardCharsets.UTF_8));
                active.commit(new ChainId(digest));
            }
            digests.add(layer.items.size() + " " + digest);
            snapshotter.remove(new ChainId(digest));
            snapshotter.unpack(parent, new ChainId(digest), layer.source());
            parent = Optional.of(new ChainId(digest));
        }
        return digests;
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }
}
