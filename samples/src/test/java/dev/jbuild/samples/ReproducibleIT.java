package dev.jbuild.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The same Dockerfile and the same files give the same manifest, whoever builds them and wherever,
/// each time with an empty store. `RandomTreesIT` compares the layers of overlay and copying
/// snapshots.
class ReproducibleIT {
    private static final Instant TIME = Instant.parse("2024-02-03T04:05:06Z");
    private static final String DOCKERFILE =
            """
            FROM scratch AS system
            COPY rootfs /
            WORKDIR /srv/deep
            RUN mkdir -p d/e && echo 1 > d/one && ln d/one d/e/two && chmod 4751 d/one
            RUN ln -s ../d link && touch -d '1999-01-02 03:04:05' old && chown -R 12:34 d && mkfifo pipe
            RUN rm -r /srv/deep/old && echo 2 >> d/one
            FROM scratch AS other
            COPY --chown=5:6 tree /tree/
            COPY tree/b tree/c /tree/
            FROM system
            COPY --from=system /srv /copied/
            COPY --from=other --chmod=640 /tree /tree/
            WORKDIR /new/dir
            ENV A=1
            COPY <<END /new/text
            hello $A
            END
            RUN echo $A $HOME $PATH > env && umask > mask && ls -ln /tree /copied > list && ls /tree > names
            """;

    private Path home;
    private Path context;
    private BuiltTree tree;

    @BeforeEach
    void make_a_context() throws IOException {
        BuiltTree.needs("unshare", "setpriv", "newuidmap", "tar", "busybox");
        assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
                "SKIPPED: only root may build as root and as another user: run ./test as root");
        tree = BuiltTree.here();
        home = Files.createTempDirectory(Path.of("/tmp"), "jbuild-reproducible");
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxr-xr-x"));
        context = Files.createDirectory(home.resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), DOCKERFILE);
        Path bin = Files.createDirectories(context.resolve("rootfs/bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        bin.resolve("busybox").toFile().setExecutable(true, false);
        for (String applet :
                List.of("sh", "mkdir", "ln", "chmod", "chown", "touch", "rm", "mkfifo", "ls")) {
            Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
        }
        for (String file : List.of("a", "b", "c", "z/y/x", "z/w", "Ä", "i", "I")) {
            Path path = context.resolve("tree").resolve(file);
            Files.createDirectories(path.resolveSibling(""));
            Files.writeString(path, "content of " + file + "\n".repeat(5000));
        }
        Files.createLink(context.resolve("tree/z/linked"), context.resolve("tree/a"));
        Files.createDirectory(context.resolve("tree/empty"));
        Files.getFileAttributeView(context.resolve("tree/b"), UserDefinedFileAttributeView.class)
                .write("note", ByteBuffer.wrap(new byte[] {1, 0, 2}));
        setTimes(context);
    }

    @AfterEach
    void remove() throws Exception {
        if (home != null) {
            tree.run(Map.of(), Path.of("/bin/rm"), "-rf", home.toString());
        }
    }

    @Test
    void manifest_depends_on_nothing_but_the_inputs() throws Exception {
        Map<String, String> digests = new TreeMap<>();
        digests.put("as root", build("root", context, ""));
        digests.put(
                "on one processor",
                build("one", context, "export JBUILD_JAVA_OPTS=-XX:ActiveProcessorCount=1"));
        digests.put(
                "on four processors",
                build("four", context, "export JBUILD_JAVA_OPTS=-XX:ActiveProcessorCount=4"));
        digests.put(
                "in other surroundings",
                build(
                        "surroundings",
                        context,
                        """
                        cd /
                        umask 077
                        export HOSTNAME=other TZ=Asia/Kathmandu LANG=tr_TR.UTF-8 LC_ALL=tr_TR.UTF-8
                        export JBUILD_JAVA_OPTS='-Duser.language=tr -Duser.timezone=Asia/Kathmandu'
                        hostname elsewhere
                        """));
        digests.put("of files in another order", build("order", reordered(), ""));
        digests.put("without a cache", build("no-cache", context, "set -- --no-cache"));
        digests.put("as another user", rootless());
        String first = digests.getOrDefault("as root", "");
        digests.forEach((how, digest) -> assertEquals(first, digest, how + ": " + digests));
    }

    @Test
    void so_it_is_with_another_compression_and_a_time_that_is_given() throws Exception {
        String options = "export SOURCE_DATE_EPOCH=1600000000\nset -- --compression zstd\n";
        String first = build("zstd", context, options);
        assertEquals(
                first,
                build(
                        "zstd-one",
                        reordered(),
                        options + "export JBUILD_JAVA_OPTS=-XX:ActiveProcessorCount=1"));
    }

    /// @param preparation shell, in a namespace for the host's name of its own
    private String build(String store, Path from, String preparation) throws Exception {
        String script =
                """
                %s
                exec '%s' --root '%s' build "$@" --progress quiet -t app:v1 '%s'
                """
                        .formatted(preparation, tree.launcher(), home.resolve(store), from);
        return digest(
                tree.run(
                        Map.of(),
                        Path.of("/usr/bin/unshare"),
                        "--mount",
                        "--uts",
                        "--propagation",
                        "private",
                        "sh",
                        "-ec",
                        script,
                        "sh"));
    }

    /// As a user who exists only for this, with subordinate ids.
    private String rootless() throws Exception {
        Files.writeString(
                home.resolve("passwd"),
                Files.readString(Path.of("/etc/passwd")) + "tester:x:54321:54321::/:/bin/sh\n");
        Files.writeString(home.resolve("ids"), "tester:700000:65536\n");
        Path own = Files.createDirectory(home.resolve("own"));
        Files.setAttribute(own, "unix:uid", 54321);
        Files.setAttribute(own, "unix:gid", 54321);
        String script =
                """
                mount --bind %1$s/passwd /etc/passwd
                mount --bind %1$s/ids /etc/subuid
                mount --bind %1$s/ids /etc/subgid
                cd /
                exec setpriv --reuid=54321 --regid=54321 --clear-groups env HOME=%1$s/own %2$s \
                --root %1$s/own/store build --progress quiet -t app:v1 %3$s
                """
                        .formatted(home, tree.launcher(), context);
        return digest(
                tree.run(
                        Map.of(),
                        Path.of("/usr/bin/unshare"),
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-ec",
                        script));
    }

    private static String digest(BuiltTree.Result result) {
        assertEquals(0, result.exitCode(), result.output());
        return result.lines().stream()
                .filter(line -> line.startsWith("sha256:"))
                .findFirst()
                .orElseThrow(() -> new AssertionError(result.output()));
    }

    /// The same files, made from the last to the first: other inodes, another order of names.
    private Path reordered() throws Exception {
        Path copy = Files.createDirectories(home.resolve("reordered"));
        BuiltTree.Result copied =
                tree.run(
                        Map.of(),
                        Path.of("/bin/sh"),
                        "-ec",
                        "cd '"
                                + context
                                + "' && find . -mindepth 1 | sort -r"
                                + " | tar --xattrs --no-recursion -cf - -T - | tar --xattrs -C '"
                                + copy
                                + "' -xpf -");
        assertEquals(0, copied.exitCode(), copied.output());
        return copy;
    }

    private static void setTimes(Path directory) throws IOException {
        try (var children = Files.list(directory)) {
            for (Path child : children.sorted().toList()) {
                if (Files.isSymbolicLink(child)) {
                    setLinkTime(child);
                } else if (Files.isDirectory(child)) {
                    setTimes(child);
                }
                if (!Files.isSymbolicLink(child)) {
                    Files.setLastModifiedTime(child, FileTime.from(TIME));
                }
            }
        }
    }

    private static void setLinkTime(Path link) throws IOException {
        Files.getFileAttributeView(
                        link,
                        java.nio.file.attribute.BasicFileAttributeView.class,
                        java.nio.file.LinkOption.NOFOLLOW_LINKS)
                .setTimes(FileTime.from(TIME), null, null);
    }
}
