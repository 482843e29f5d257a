package dev.jbuild.overlay;

import dev.jbuild.overlay.linux.Directory;
import dev.jbuild.overlay.linux.Libc;
import dev.jbuild.overlay.linux.Paths;
import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/// What a process may do to a tree, chosen by a seed: the same for equal trees and seeds.
///
/// Left out is what overlayfs does differently from other file systems for good: changing the
/// content or the mtime of one of several hard links that are below, or renaming one (it parts
/// them), and renaming directories that are below (refused). A change of mode, owner or attributes
/// through one of several links is in, once for each file: jbuild joins these again.
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
                    "\u001b[2J",
                    "n".repeat(255),
                    "\u00c3\u00a4");

    /// What a process may do that is more than an ordinary user in a user namespace may.
    enum Rights {
        ROOT,
        USER
    }

    private static final int CAPABILITY_REVISION_2 = 0x02000000;

    private final Path root;
    private final Random random;
    private final Rights rights;

    /// Names that can't be touched any more, see above.
    private final Set<Path> settled = new HashSet<>();

    /// Symlinks and special files made here. Overlayfs doesn't show links to others as one inode,
    /// because these can't have its mark of where they were copied from.
    private final Set<Path> made = new HashSet<>();

    /// Of an ordinary user.
    RandomChanges(Path root, long seed) {
        this(root, seed, Rights.USER);
    }

    RandomChanges(Path root, long seed, Rights rights) {
        this.root = root;
        this.random = new Random(seed);
        this.rights = rights;
    }

    void run(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            one();
        }
    }

    private void one() throws IOException {
        switch (random.nextInt(20)) {
            case 0, 1, 2 -> write(fresh());
            case 3, 4 -> makeDirectory(fresh());
            case 5 -> symlink(fresh());
            case 6, 7 -> hardLink(fresh());
            case 8 -> removeTree(existing());
            case 9 -> remake(existing());
            case 10, 11 -> mode(existing());
            case 12 -> owner(existing());
            case 13 -> xattr(existing());
            case 14 -> mtime(existing());
            case 15 -> rename(existing(), fresh());
            case 16 -> rewriteUnseen(existing());
            case 17 -> node(fresh());
            case 18 -> hostXattr(existing());
            case 19 -> modeOfAllLinks(existing());
            default -> throw new IllegalStateException();
        }
    }

    private void write(Path path) throws IOException {
        if (isDirectory(path) || isSettled(path)) {
            return;
        }
        if (isSpecial(path) || hasSeveralNames(path) || Files.isSymbolicLink(path)) {
            Files.delete(path);
        }
        byte[] content = new byte[random.nextInt(5)];
        random.nextBytes(content);
        if (random.nextBoolean()) {
            Files.write(path, content);
        } else {
            Files.write(path, content, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        takePrivileges(path);
    }

    /// As the kernel does when an ordinary user writes; root's writes leave set-uid bits.
    private static void takePrivileges(Path path) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode");
        if ((mode & 06000) != 0) {
            Files.setAttribute(path, "unix:mode", mode & 01777);
        }
    }

    private void makeDirectory(Path path) throws IOException {
        if (!exists(path)) {
            Files.createDirectory(path);
        }
    }

    private void symlink(Path path) throws IOException {
        if (!isDirectory(path) && !isSettled(path)) {
            Files.deleteIfExists(path);
            Files.createSymbolicLink(path, Path.of("/target" + random.nextInt(3)));
            made.add(path);
        }
    }

    private void hardLink(Path path) throws IOException {
        Path other = existing();
        boolean mayLink =
                exists(other)
                        && (Files.isRegularFile(other, LinkOption.NOFOLLOW_LINKS)
                                || made.contains(other));
        if (!exists(path) && mayLink && !isDirectory(other) && !isSettled(other)) {
            if (hasSeveralNames(other)) {
                settle(other);
                settled.add(path);
            }
            Files.createLink(path, other);
        }
    }

    private void removeTree(Path path) throws IOException {
        if (!path.equals(root) && exists(path) && !isSettled(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(one);
                }
            }
        }
    }

    private void remake(Path path) throws IOException {
        if (!path.equals(root) && exists(path) && !isSettled(path)) {
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
            settleIfLinked(path);
            Files.setAttribute(path, "unix:mode", random.nextInt(010000));
        }
    }

    /// As `chmod -R` does.
    private void modeOfAllLinks(Path path) throws IOException {
        int mode = random.nextInt(01000);
        if (mayChange(path) && !isDirectory(path)) {
            List<Path> names = namesOf(path);
            settled.addAll(names);
            for (Path name : names) {
                Files.setAttribute(name, "unix:mode", mode);
            }
        }
    }

    private void owner(Path path) throws IOException {
        if (mayChange(path)) {
            settleIfLinked(path);
            int most = rights == Rights.ROOT ? 5_000_000 : 60_000;
            Files.setAttribute(path, "unix:uid", random.nextInt(most));
        }
    }

    private void xattr(Path path) throws IOException {
        String name = "user:n" + random.nextInt(2);
        byte[] value = new byte[random.nextInt(3)];
        boolean remove = random.nextInt(3) == 0;
        if (mayChange(path) && !path.equals(root) && !isSpecial(path)) {
            settleIfLinked(path);
            if (remove) {
                var view = Files.getFileAttributeView(path, UserDefinedFileAttributeView.class);
                if (view.list().contains(name.substring(5))) {
                    view.delete(name.substring(5));
                }
            } else {
                Files.setAttribute(path, name, ByteBuffer.wrap(value));
            }
        }
    }

    /// A capability, which belongs to the layer, or an attribute that is the host's affair.
    private void hostXattr(Path path) throws IOException {
        ByteBuffer value = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        value.putInt(CAPABILITY_REVISION_2 | random.nextInt(2)).putInt(random.nextInt(1 << 16));
        boolean trusted = random.nextBoolean();
        if (mayChange(path) && Files.isRegularFile(path) && rights == Rights.ROOT) {
            settleIfLinked(path);
            try (Libc libc = Libc.open();
                    Directory parent = Directory.open(libc, path.resolveSibling(""))) {
                parent.setXattr(
                        nameOf(path),
                        trusted ? "trusted.jbuild" : "security.capability",
                        ByteString.of(value.array()));
            }
        }
    }

    private void node(Path path) throws IOException {
        int kind = random.nextInt(4);
        if (exists(path) || rights == Rights.USER) {
            return;
        }
        try (Libc libc = Libc.open();
                Directory parent = Directory.open(libc, path.resolveSibling(""))) {
            String name = nameOf(path);
            made.add(path);
            switch (kind) {
                case 0 -> parent.makeNode(name, 0140600, 0, 0); // a socket
                case 1 ->
                        parent.makeNode(name, 0020640, 1 + random.nextInt(300), random.nextInt(9));
                case 2 -> parent.makeNode(name, 0060640, 8, random.nextInt(1 << 20));
                case 3 -> parent.makeNode(name, 0010600, 0, 0);
                default -> throw new IllegalStateException();
            }
        }
    }

    /// Another content of the same size with the same mtime.
    private void rewriteUnseen(Path path) throws IOException {
        byte fill = (byte) random.nextInt();
        if (mayChange(path) && Files.isRegularFile(path) && !hasSeveralNames(path)) {
            FileTime before = Files.getLastModifiedTime(path);
            byte[] content = new byte[(int) Files.size(path)];
            java.util.Arrays.fill(content, fill);
            Files.write(path, content, StandardOpenOption.WRITE);
            takePrivileges(path);
            Files.setLastModifiedTime(path, before);
        }
    }

    private void mtime(Path path) throws IOException {
        if (mayChange(path) && !hasSeveralNames(path)) {
            long second = random.nextLong(Integer.MIN_VALUE, 9_200_000_000L);
            // up to 2261: umoci counts nanoseconds in 64 bits
            Instant time = Instant.ofEpochSecond(second, random.nextInt(1_000_000_000));
            // not by java.nio, which opens it: a fifo would wait
            try (Libc libc = Libc.open();
                    Directory parent = Directory.open(libc, path.resolveSibling(""))) {
                if (path.equals(root)) {
                    return;
                }
                parent.utimes(nameOf(path), time);
            }
        }
    }

    private void rename(Path path, Path to) throws IOException {
        if (exists(path)
                && !isDirectory(path)
                && !isSettled(path)
                && !hasSeveralNames(path)
                && !exists(to)) {
            Files.move(path, to);
        }
    }

    private boolean mayChange(Path path) throws IOException {
        return exists(path) && !Files.isSymbolicLink(path) && !isSettled(path);
    }

    /// Whether `path` or something in it is among the names that can't be touched.
    private boolean isSettled(Path path) {
        return settled.stream().anyMatch(name -> name.startsWith(path));
    }

    private void settleIfLinked(Path path) throws IOException {
        if (!isDirectory(path) && hasSeveralNames(path)) {
            settle(path);
        }
    }

    private void settle(Path path) throws IOException {
        settled.addAll(namesOf(path));
    }

    /// Counted, as overlayfs doesn't take names off the link count of a file below.
    private boolean hasSeveralNames(Path path) throws IOException {
        return exists(path) && namesOf(path).size() > 1;
    }

    private List<Path> namesOf(Path path) throws IOException {
        Object inode = inode(path);
        List<Path> names = new ArrayList<>();
        for (Path other : all()) {
            if (!isDirectory(other) && inode.equals(inode(other))) {
                names.add(other);
            }
        }
        return names;
    }

    private static boolean isSpecial(Path path) throws IOException {
        return exists(path)
                && Files.readAttributes(
                                path,
                                java.nio.file.attribute.BasicFileAttributes.class,
                                LinkOption.NOFOLLOW_LINKS)
                        .isOther();
    }

    private static String nameOf(Path path) {
        String latin1 = Paths.latin1(path);
        return latin1.substring(latin1.lastIndexOf('/') + 1);
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
