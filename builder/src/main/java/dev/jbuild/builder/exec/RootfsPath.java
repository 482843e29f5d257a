package dev.jbuild.builder.exec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/// Where a path leads for a process whose root is a certain directory: symbolic links are followed
/// as if that directory were '/', and '..' never leaves it. True only as long as nobody else
/// changes the directory.
final class RootfsPath {
    private static final int MOST_LINKS = 40; // as the kernel

    private RootfsPath() {}

    /// The names below the root to which the path leads, none of them a symbolic link. What doesn't
    /// exist is taken as it stands.
    static List<String> names(Path rootfs, String path) throws IOException {
        Deque<String> ahead = new ArrayDeque<>(Arrays.asList(path.split("/")));
        List<String> names = new ArrayList<>();
        int links = 0;
        while (!ahead.isEmpty()) {
            String name = ahead.pop();
            if (name.isEmpty() || name.equals(".")) {
                continue;
            }
            if (name.equals("..")) {
                if (!names.isEmpty()) {
                    names.removeLast();
                }
                continue;
            }
            names.add(name);
            Path here = below(rootfs, names);
            if (!Files.isSymbolicLink(here)) {
                continue;
            }
            if (++links > MOST_LINKS) {
                throw new IOException(
                        "path '" + path + "' in the image: more than 40 symbolic links");
            }
            String target = Files.readSymbolicLink(here).toString();
            if (target.startsWith("/")) {
                names.clear();
            } else {
                names.removeLast();
            }
            List<String> parts = Arrays.asList(target.split("/"));
            parts.reversed().forEach(ahead::push);
        }
        return names;
    }

    /// The file on the host to which a path in the root file system leads.
    static Path resolve(Path rootfs, String path) throws IOException {
        return below(rootfs, names(rootfs, path));
    }

    static Path below(Path rootfs, List<String> names) {
        Path path = rootfs;
        for (String name : names) {
            path = path.resolve(name);
        }
        return path;
    }
}
