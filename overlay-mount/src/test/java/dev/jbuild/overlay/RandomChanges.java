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
import java.nio.file.StandardCopyOption;
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
/// them), and renaming directories that are below (refused). What was made here may be changed in
/// any way. So is putting a like file in the place of one of several links: nothing tells it from
/// the link. A change of mode, owner or attributes through one of several links to a file below is
/// in, once for each file: jbuild joins these again.
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
                    "\u00c3\u00a4",
                    "\u00c3\u00a4".repeat(127),
                    "p".repeat(100),
                    "q".repeat(101),
                    "...",
                    "-rf",
                    " \t ",
                    "back\\slash",
                    "e=f",
                    "%2F",
                    "\u00c0\u00af",
                    "\u00ed\u00a0\u0080");
    private static final int COMMON_NAMES = 5;
    private static final List<String> TARGETS =
            List.of("/target0", "/target1", "/target2", "../\u00ff\n", "t/".repeat(300));
    private static final List<String> XATTRS = List.of("user.n0", "user.n1", "user.n\n2");

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

    /// All names of files made here, and directories made here. Overlayfs doesn't show links to
    /// other symlinks and special files as one inode, because these can't have its mark of where
    /// they were copied from.
    private final Set<Path> made = new HashSet<>();

    /// Names of files that had others below; what comes there is to be unlike them.
    private final Set<Path> parted = new HashSet<>();

    private final RandomContent contents;

    /// Of an ordinary user.
    RandomChanges(Path root, long seed) {
        this(root, seed, Rights.USER);
    }

    RandomChanges(Path root, long seed, Rights rights) {
        this.root = root;
        this.random = new Random(seed);
        this.contents = new RandomContent(random);
        this.rights = rights;
    }

    void run(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            one();
        }
    }

    private void one() throws IOException {
        switch (random.nextInt(25)) {
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
            case 20, 21 -> changeContent(existing());
            case 22 -> symlinkItself(existing());
            case 23 -> moveDirectory(existing(), fresh());
            case 24 -> putInPlace(existing());
            default -> throw new IllegalStateException();
        }
    }

    private void write(Path path) throws IOException {
        if (isDirectory(path) || isSettled(path)) {
            return;
        }
        if (isSpecial(path) || isLinkedBelow(path) || Files.isSymbolicLink(path)) {
            delete(path);
        }
        if (!exists(path)) {
            made.add(path);
        }
        if (parted.contains(path)) {
            Files.writeString(path, unlike());
        } else {
            contents.replace(path);
        }
        takePrivileges(path);
    }

    private String unlike() {
        return "in place of a link " + random.nextLong();
    }

    private void changeContent(Path path) throws IOException {
        if (mayChange(path) && isRegular(path) && !isLinkedBelow(path)) {
            contents.change(path);
            takePrivileges(path);
        }
    }

    /// As editors save a file: another one, perhaps with the same content, size and mtime.
    private void putInPlace(Path path) throws IOException {
        boolean same = random.nextInt(3) == 0;
        boolean unseen = random.nextBoolean();
        if (mayChange(path) && isRegular(path) && !hasSeveralNames(path)) {
            Path other = path.resolveSibling(".put");
            Instant before = mtimeOf(path);
            Files.copy(path, other);
            for (String attribute : List.of("unix:uid", "unix:gid", "unix:mode")) {
                Files.setAttribute(other, attribute, Files.getAttribute(path, attribute));
            }
            if (!same && unseen) {
                contents.rewrite(other);
            } else if (!same) {
                contents.replace(other);
            }
            takePrivileges(other);
            if (unseen) {
                inParent(other, (in, name) -> in.utimes(name, before));
            }
            Files.move(other, path, StandardCopyOption.ATOMIC_MOVE);
            made.add(path);
        }
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
            made.add(path);
        }
    }

    private void symlink(Path path) throws IOException {
        if (!isDirectory(path) && !isSettled(path)) {
            delete(path);
            String any = TARGETS.get(random.nextInt(TARGETS.size()));
            String target = parted.contains(path) ? unlike() : any;
            inParent(path, (in, name) -> in.makeSymlink(name, new ByteString(target)));
            made.add(path);
        }
    }

    private void hardLink(Path path) throws IOException {
        Path other = existing();
        boolean mayLink = exists(other) && (isRegular(other) || made.contains(other));
        if (!exists(path) && mayLink && !isDirectory(other) && !isSettled(other)) {
            if (!made.contains(other)) { // overlayfs may show its links as different inodes
                settle(other);
                settled.add(path);
            }
            Files.createLink(path, other);
            if (made.contains(other)) {
                made.add(path);
            }
        }
    }

    private void removeTree(Path path) throws IOException {
        if (!path.equals(root) && exists(path) && !isSettled(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    delete(one);
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
                made.add(path.resolve("a"));
            } else {
                Files.writeString(path, unlike());
            }
            made.add(path);
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
            if (random.nextBoolean()) {
                Files.setAttribute(path, "unix:gid", random.nextInt(most));
            }
        }
    }

    private void xattr(Path path) throws IOException {
        String xattr = XATTRS.get(random.nextInt(XATTRS.size()));
        byte[] value = new byte[random.nextInt(4) == 0 ? random.nextInt(900) : random.nextInt(4)];
        random.nextBytes(value);
        boolean remove = random.nextInt(3) == 0;
        if (mayChange(path) && !path.equals(root) && !isSpecial(path)) {
            settleIfLinked(path);
            inParent(
                    path,
                    (in, name) -> {
                        if (!remove) {
                            in.setXattr(name, xattr, ByteString.of(value));
                        } else if (!in.xattrs(name, xattr::equals).isEmpty()) {
                            in.removeXattr(name, xattr);
                        }
                    });
        }
    }

    /// A capability, which belongs to the layer, or an attribute that is the host's affair.
    private void hostXattr(Path path) throws IOException {
        ByteBuffer value = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
        value.putInt(CAPABILITY_REVISION_2 | random.nextInt(2)).putInt(random.nextInt(1 << 16));
        boolean trusted = random.nextBoolean();
        if (mayChange(path) && isRegular(path) && rights == Rights.ROOT) {
            settleIfLinked(path);
            String xattr = trusted ? "trusted.jbuild" : "security.capability";
            inParent(path, (in, name) -> in.setXattr(name, xattr, ByteString.of(value.array())));
        }
    }

    private void node(Path path) throws IOException {
        int kind = random.nextInt(4);
        if (exists(path) || parted.contains(path) || rights == Rights.USER) {
            return;
        }
        made.add(path);
        int major = 1 + random.nextInt(300);
        int minor = random.nextInt(1 << 20);
        inParent(
                path,
                (in, name) -> {
                    switch (kind) {
                        case 0 -> in.makeNode(name, 0140600, 0, 0); // a socket
                        case 1 -> in.makeNode(name, 0020640, major, minor % 9);
                        case 2 -> in.makeNode(name, 0060640, 8, minor);
                        case 3 -> in.makeNode(name, 0010600, 0, 0);
                        default -> throw new IllegalStateException();
                    }
                });
    }

    /// Another content of the same size with the same mtime.
    private void rewriteUnseen(Path path) throws IOException {
        if (mayChange(path) && isRegular(path) && !isLinkedBelow(path)) {
            Instant before = mtimeOf(path);
            contents.rewrite(path);
            takePrivileges(path);
            inParent(path, (in, name) -> in.utimes(name, before));
        }
    }

    private void mtime(Path path) throws IOException {
        Instant time = time();
        if (mayChange(path) && !isLinkedBelow(path) && !path.equals(root)) {
            inParent(path, (in, name) -> in.utimes(name, time));
        }
    }

    private static Instant mtimeOf(Path path) throws IOException {
        return Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toInstant();
    }

    /// Up to 2261: umoci counts nanoseconds in 64 bits.
    private Instant time() {
        long second = random.nextLong(Integer.MIN_VALUE, 9_200_000_000L);
        return Instant.ofEpochSecond(second, random.nextInt(1_000_000_000));
    }

    private void symlinkItself(Path path) throws IOException {
        Instant time = time();
        int owner = random.nextInt(60_000);
        boolean own = random.nextBoolean();
        if (Files.isSymbolicLink(path) && !isSettled(path) && !isLinkedBelow(path)) {
            inParent(
                    path,
                    (in, name) -> {
                        if (own) {
                            in.chown(name, owner, owner / 2);
                        } else {
                            in.utimes(name, time);
                        }
                    });
        }
    }

    private void rename(Path path, Path to) throws IOException {
        if (exists(path)
                && !isDirectory(path)
                && !isSettled(path)
                && !isLinkedBelow(path)
                && !exists(to)) {
            Files.move(path, to);
            if (made.remove(path)) {
                made.add(to);
            }
        }
    }

    private void moveDirectory(Path path, Path to) throws IOException {
        if (isDirectory(path)
                && made.contains(path)
                && !isSettled(path)
                && !exists(to)
                && !to.startsWith(path)) {
            Files.move(path, to);
            List<Path> moved = made.stream().filter(name -> name.startsWith(path)).toList();
            moved.forEach(made::remove);
            moved.forEach(name -> made.add(to.resolve(path.relativize(name))));
        }
    }

    private void delete(Path path) throws IOException {
        if (!isDirectory(path) && isLinkedBelow(path)) {
            parted.addAll(namesOf(path));
        }
        Files.deleteIfExists(path);
        made.remove(path);
    }

    /// What java.nio doesn't do, or otherwise: to set a time it opens the file, and a fifo would
    /// wait; and it fails for some times before 1970.
    private interface Named {
        void change(Directory in, String name) throws IOException;
    }

    private static void inParent(Path path, Named change) throws IOException {
        try (Libc libc = Libc.open();
                Directory parent = Directory.open(libc, path.resolveSibling(""))) {
            change.change(parent, nameOf(path));
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
        if (!isDirectory(path) && isLinkedBelow(path)) {
            settle(path);
        }
    }

    private void settle(Path path) throws IOException {
        settled.addAll(namesOf(path));
    }

    private boolean isLinkedBelow(Path path) throws IOException {
        return !made.contains(path) && hasSeveralNames(path);
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

    private static boolean isRegular(Path path) {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS);
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
        int names = random.nextBoolean() ? COMMON_NAMES : NAMES.size();
        return Paths.below(in, new EntryPath(NAMES.get(random.nextInt(names))));
    }

    private List<Path> all() throws IOException {
        try (Stream<Path> all = Files.walk(root)) {
            return all.sorted((a, b) -> Paths.latin1(a).compareTo(Paths.latin1(b))).toList();
        }
    }
}
