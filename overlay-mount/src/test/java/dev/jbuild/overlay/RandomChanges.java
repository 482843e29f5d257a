package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// What a process may do to a tree, chosen by a seed: the same for equal trees and seeds.
///
/// Left out is what overlayfs does differently from other file systems: changing or renaming one of
/// several hard links that are below (it parts them), and renaming directories that are below
/// (refused).
final class RandomChanges {
    private static final List<String> NAMES =
            List.of(
                    "a",
                    "b",
                    "c",
                    "d e",
                    "a!",
                    "new\nline",
                    "\u00ff\u00fe",
                    "z.wh.z",
                    "\u00c3\u00a4");

    private final Path root;
    private final Random random;

    RandomChanges(Path root, long seed) {
        this.root = root;
        this.random = new Random(seed);
    }

    void run(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            one();
        }
    }

    private void one() throws IOException {
        switch (random.nextInt(13)) {
            case 0, 1, 2 -> write(fresh());
            case 3 -> makeDirectory(fresh());
            case 4 -> symlink(fresh());
            case 5 -> hardLink(fresh());
            case 6 -> removeTree(existing());
            case 7 -> remake(existing());
            case 8 -> mode(existing());
            case 9 -> owner(existing());
            case 10 -> xattr(existing());
            case 11 -> mtime(existing());
            case 12 -> rename(existing(), fresh());
            default -> throw new IllegalStateException();
        }
    }

    private void write(Path path) throws IOException {
        if (isDirectory(path)) {
            return;
        }
        if (hasSeveralNames(path) || Files.isSymbolicLink(path)) {
            Files.delete(path);
        }
        byte[] content = new byte[random.nextInt(5)];
        random.nextBytes(content);
        if (random.nextBoolean()) {
            Files.write(path, content);
        } else {
            Files.write(path, content, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
    }

    private void makeDirectory(Path path) throws IOException {
        if (!exists(path)) {
            Files.createDirectory(path);
        }
    }

    private void symlink(Path path) throws IOException {
        if (!isDirectory(path)) {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, Path.of("/target" + random.nextInt(3)));
        }
    }

    private void hardLink(Path path) throws IOException {
        Path other = existing();
        if (!exists(path) && exists(other) && !isDirectory(other) && !hasSeveralNames(other)) {
            Files.createLink(path, other);
        }
    }

    private void removeTree(Path path) throws IOException {
        if (!path.equals(root) && exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(one);
                }
            }
        }
    }

    private void remake(Path path) throws IOException {
        if (!path.equals(root) && exists(path)) {
            removeTree(path);
            if (random.nextBoolean()) {
                Files.createDirectory(path);
                Files.writeString(path.resolve("a"), "1");
            } else {
                Files.writeString(path, "instead");
            }
        }
    }

    private void mode(Path path) throws IOException {
        if (mayChange(path)) {
            Files.setAttribute(path, "unix:mode", random.nextInt(010000));
        }
    }

    private void owner(Path path) throws IOException {
        if (mayChange(path)) {
            Files.setAttribute(path, "unix:uid", random.nextInt(60000));
        }
    }

    private void xattr(Path path) throws IOException {
        if (mayChange(path) && !path.equals(root)) {
            String name = "user:n" + random.nextInt(2);
            Files.setAttribute(path, name, java.nio.ByteBuffer.wrap(new byte[random.nextInt(3)]));
        }
    }

    private void mtime(Path path) throws IOException {
        if (mayChange(path)) {
            long second = random.nextLong(0, 4_000_000_000L);
            Instant time = Instant.ofEpochSecond(second, random.nextInt(1_000_000_000));
            Files.setLastModifiedTime(path, FileTime.from(time));
        }
    }

    private void rename(Path path, Path to) throws IOException {
        if (exists(path) && !isDirectory(path) && !hasSeveralNames(path) && !exists(to)) {
            Files.move(path, to);
        }
    }

    private boolean mayChange(Path path) throws IOException {
        return exists(path)
                && !Files.isSymbolicLink(path)
                && (isDirectory(path) || !hasSeveralNames(path));
    }

    /// Counted, as overlayfs doesn't take names off the link count of a file below.
    private boolean hasSeveralNames(Path path) throws IOException {
        if (!exists(path)) {
            return false;
        }
        Object inode = inode(path);
        int names = 0;
        for (Path other : all()) {
            if (!isDirectory(other) && inode.equals(inode(other))) {
                names++;
            }
        }
        return names > 1;
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private Path existing() throws IOException {
        List<Path> all = all();
        return all.get(random.nextInt(all.size()));
    }

    private Path fresh() throws IOException {
        List<Path> directories = all().stream().filter(RandomChanges::isDirectory).toList();
        Path in = directories.get(random.nextInt(directories.size()));
        return Paths.below(in, new EntryPath(NAMES.get(random.nextInt(NAMES.size()))));
    }

    private List<Path> all() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.sorted((a, b) -> Paths.latin1(a).compareTo(Paths.latin1(b))).toList();
        }
    }
}
