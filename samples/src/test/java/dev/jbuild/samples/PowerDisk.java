package dev.jbuild.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A directory as the kernel shows it, and what of it a power cut may leave: of a file what it had
/// at its last sync, of a directory the names it had at its last sync (POSIX, fsync), and of what
/// came later anything or nothing. Owners, modes and attributes are not modelled.
final class PowerDisk {
    private final Node root = new Node(Kind.DIRECTORY, "");

    /// What was not synced and is there all the same.
    enum Kept {
        NOTHING,
        /// As on file systems that write names in order and content late.
        NAMES,
        /// Each name and each content or not, by chance; content also in part.
        SOME
    }

    private enum Kind {
        DIRECTORY,
        FILE,
        SYMLINK
    }

    /// Under any number of names.
    static final class Node {
        private final Kind kind;
        private final String target;
        private byte[] content = {};
        private byte[] durable = {};
        private final Map<String, Node> entries = new TreeMap<>();
        private Map<String, Node> durableEntries = new TreeMap<>();

        private Node(Kind kind, String target) {
            this.kind = kind;
            this.target = target;
        }

        void write(long offset, byte[] bytes) {
            int end = Math.toIntExact(offset + bytes.length);
            if (end > content.length) {
                content = Arrays.copyOf(content, end);
            }
            System.arraycopy(bytes, 0, content, (int) offset, bytes.length);
        }

        void truncate(long size) {
            content = Arrays.copyOf(content, Math.toIntExact(size));
        }

        long size() {
            return content.length;
        }

        /// What a sync that begins now makes permanent, to be run when it has ended.
        Runnable beginSync() {
            byte[] now = content.clone();
            Map<String, Node> names = new TreeMap<>(entries);
            return () -> {
                durable = now;
                durableEntries = names;
            };
        }

        private void everything(List<Runnable> into) {
            into.add(beginSync());
            entries.values().forEach(child -> child.everything(into));
        }

        private byte[] after(Kept kept, Random random) {
            return switch (kept) {
                case NOTHING, NAMES -> durable;
                case SOME ->
                        switch (random.nextInt(4)) {
                            case 0 -> content;
                            case 1 -> Arrays.copyOf(content, length(random));
                            case 2 -> Arrays.copyOf(durable, content.length);
                            default -> durable;
                        };
            };
        }

        /// Of a file that is being written: as much as is on disk, up to all of it.
        private int length(Random random) {
            int synced = Arrays.equals(content, durable) ? content.length : 0;
            return random.nextInt(synced, content.length + 1);
        }

        private Map<String, Node> namesAfter(Kept kept, Random random) {
            return switch (kept) {
                case NOTHING -> durableEntries;
                case NAMES -> entries;
                case SOME -> {
                    Set<String> names = new TreeSet<>(entries.keySet());
                    names.addAll(durableEntries.keySet());
                    Map<String, Node> some = new TreeMap<>();
                    for (String name : names) {
                        Node node = (random.nextBoolean() ? entries : durableEntries).get(name);
                        if (node != null) {
                            some.put(name, node);
                        }
                    }
                    yield some;
                }
            };
        }
    }

    /// A sync of the whole file system.
    Runnable beginSync() {
        List<Runnable> all = new ArrayList<>();
        root.everything(all);
        return () -> all.forEach(Runnable::run);
    }

    /// @param path relative to the root; empty for itself
    /// @return null if there is none
    @Nullable Node find(Path path) {
        @Nullable Node node = root;
        for (Path name : path) {
            if (node != null && !name.toString().isEmpty()) {
                node = node.entries.get(name.toString());
            }
        }
        return node;
    }

    /// What is there; else a new file.
    Node fileOrDirectory(Path path) {
        if (path.toString().isEmpty()) {
            return root;
        }
        return parent(path).entries.computeIfAbsent(name(path), _ -> new Node(Kind.FILE, ""));
    }

    void makeDirectory(Path path) {
        parent(path).entries.putIfAbsent(name(path), new Node(Kind.DIRECTORY, ""));
    }

    void symlink(Path path, String target) {
        parent(path).entries.put(name(path), new Node(Kind.SYMLINK, target));
    }

    void link(Path from, Path to) {
        Node node = parent(from).entries.get(name(from));
        if (node == null) {
            throw new IllegalStateException("nothing is at " + from);
        }
        parent(to).entries.put(name(to), node);
    }

    void rename(Path from, Path to) {
        link(from, to);
        remove(from);
    }

    /// Nothing happens if it isn't there: overlayfs makes files in its work directory by itself.
    void remove(Path path) {
        if (find(path) != null) {
            parent(path).entries.remove(name(path));
        }
    }

    private Node parent(Path path) {
        @Nullable Node parent = path.getParent() == null ? root : find(path.getParent());
        if (parent == null) {
            throw new IllegalStateException("no directory for " + path);
        }
        return parent;
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }

    /// Writes what would be there after a power cut.
    void afterPowerCut(Path directory, Kept kept, Random random) throws IOException {
        write(root, directory, kept, random, new IdentityHashMap<>());
    }

    private static void write(Node node, Path at, Kept kept, Random random, Map<Node, Path> written)
            throws IOException {
        switch (node.kind) {
            case DIRECTORY -> {
                Files.createDirectories(at);
                for (var entry : node.namesAfter(kept, random).entrySet()) {
                    write(entry.getValue(), at.resolve(entry.getKey()), kept, random, written);
                }
            }
            case FILE -> {
                Path first = written.putIfAbsent(node, at);
                if (first == null) {
                    Files.write(at, node.after(kept, random));
                } else {
                    Files.createLink(at, first);
                }
            }
            case SYMLINK -> Files.createSymbolicLink(at, Path.of(node.target));
        }
    }

    /// Takes what is there in a directory for what the kernel shows: of a call in which a process
    /// was killed nobody knows whether it happened.
    void adopt(Path directory) throws IOException {
        adopt(root, directory);
    }

    private static void adopt(Node node, Path directory) throws IOException {
        Set<String> there = new TreeSet<>();
        for (Path file : KillTraces.entries(directory)) {
            String name = file.getFileName().toString();
            there.add(name);
            if (Files.isSymbolicLink(file)) {
                String target = Files.readSymbolicLink(file).toString();
                node.entries.putIfAbsent(name, new Node(Kind.SYMLINK, target));
            } else if (Files.isDirectory(file)) {
                adopt(node.entries.computeIfAbsent(name, _ -> new Node(Kind.DIRECTORY, "")), file);
            } else {
                node.entries.computeIfAbsent(name, _ -> new Node(Kind.FILE, "")).content =
                        Files.readAllBytes(file);
            }
        }
        node.entries.keySet().retainAll(there);
    }

    /// The files as the kernel shows them, with their content.
    Map<String, byte[]> files() {
        Map<String, byte[]> files = new TreeMap<>();
        collect(root, "", files);
        return files;
    }

    private static void collect(Node node, String path, Map<String, byte[]> files) {
        if (node.kind == Kind.FILE) {
            files.put(path, node.content);
        }
        node.entries.forEach((name, child) -> collect(child, path + "/" + name, files));
    }
}
