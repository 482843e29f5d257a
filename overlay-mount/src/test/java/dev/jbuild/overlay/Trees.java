package dev.jbuild.overlay;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.jbuild.oci.Digest;
import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Describes trees with nothing but `java.nio`, to compare them independently of what is tested.
final class Trees {
    private Trees() {}

    /// One line for each entry: path, type and mode, owner, mtime, xattrs, content, and the first
    /// of its names. The root's mtime is left out, which is part of no layer.
    static List<String> describe(Path root) throws IOException {
        List<String> lines = new ArrayList<>();
        Map<Object, String> first = new HashMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            List<Path> sorted =
                    all.sorted((a, b) -> Paths.latin1(a).compareTo(Paths.latin1(b))).toList();
            for (Path path : sorted) {
                lines.add(line(root, path, first));
            }
        }
        return lines;
    }

    /// Compares two descriptions, and tells the lines that differ alone.
    static void assertSame(List<String> expected, List<String> actual, String what) {
        List<String> missing = new ArrayList<>(expected);
        missing.removeAll(actual);
        List<String> surplus = new ArrayList<>(actual);
        surplus.removeAll(expected);
        assertEquals(String.join("\n", missing), String.join("\n", surplus), what);
        assertEquals(expected, actual, what);
    }

    private static String line(Path root, Path path, Map<Object, String> first) throws IOException {
        String name = Paths.latin1(path).substring(Paths.latin1(root).length());
        Map<String, Object> status =
                Files.readAttributes(path, "unix:mode,uid,gid,ino,rdev", LinkOption.NOFOLLOW_LINKS);
        String device = (mode(status) & 0120000) == 0020000 ? " " + status.get("rdev") : "";
        int mode = mode(status);
        boolean directory = (mode & 0170000) == 0040000;
        boolean symlink = (mode & 0170000) == 0120000;
        boolean regular = (mode & 0170000) == 0100000;
        String content =
                symlink
                        ? Paths.linkTarget(Files.readSymbolicLink(path))
                        : regular ? Digest.sha256(Files.readAllBytes(path)).shortHex() : "";
        Object inode = Objects.requireNonNull(status.get("ino"));
        String link = directory ? "" : first.computeIfAbsent(inode, _ -> name);
        return String.join(
                " ",
                name,
                Integer.toOctalString(mode) + device,
                status.get("uid") + ":" + status.get("gid"),
                name.isEmpty()
                        ? ""
                        : Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toString(),
                regular || directory ? xattrs(path) : "",
                content,
                link);
    }

    private static int mode(Map<String, Object> status) {
        return (int) Objects.requireNonNull(status.get("mode"));
    }

    /// `user.*`, and a capability.
    private static String xattrs(Path path) throws IOException {
        UserDefinedFileAttributeView view =
                Files.getFileAttributeView(
                        path, UserDefinedFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        TreeMap<String, String> values = new TreeMap<>();
        for (String name : view.list()) {
            ByteBuffer value = ByteBuffer.allocate(view.size(name));
            view.read(name, value);
            values.put(name, Digest.sha256(value.array()).shortHex());
        }
        return values + capability(path);
    }

    private static String capability(Path path) throws IOException {
        if (!Files.isRegularFile(path)) {
            return "";
        }
        String name = Paths.latin1(path);
        try (Libc libc = Libc.open();
                Directory parent = Directory.open(libc, path.resolveSibling(""))) {
            return parent.xattrs(
                            name.substring(name.lastIndexOf('/') + 1),
                            "security.capability"::equals)
                    .toString();
        }
    }
}
