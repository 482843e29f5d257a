package dev.jbuild.registry.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A directory tree as the kernel shows it, and what of it would be there after a power cut: of a
/// file what it had at its last sync, of a directory the names it had at its last sync (POSIX,
/// fsync; no file system promises more).
final class DiskModel {
    final Node root = Node.directory();

    /// A file or a directory, under any number of names.
    static final class Node {
        private final boolean directory;
        private byte[] content = {};
        private byte[] durable = {};
        private final Map<String, Node> entries = new TreeMap<>();
        private Map<String, Node> durableEntries = new TreeMap<>();

        private Node(boolean directory) {
            this.directory = directory;
        }

        static Node directory() {
            return new Node(true);
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

        int size() {
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
    }

    /// Takes a directory as it is, all of it permanent.
    static DiskModel of(Path directory) throws IOException {
        DiskModel model = new DiskModel();
        load(model.root, directory);
        return model;
    }

    private static void load(Node node, Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                boolean isDirectory = Files.isDirectory(file);
                if (isDirectory || Files.isRegularFile(file)) {
                    Node child = new Node(isDirectory);
                    node.entries.put(file.getFileName().toString(), child);
                    if (isDirectory) {
                        load(child, file);
                    } else {
                        child.content = Files.readAllBytes(file);
                    }
                    child.beginSync().run();
                }
            }
        }
        node.beginSync().run();
    }

    /// @param path relative to the root; empty for itself
    @Nullable Node find(Path path) {
        Node node = root;
        for (Path name : path) {
            if (!name.toString().isEmpty()) {
                Node next = node.entries.get(name.toString());
                if (next == null) {
                    return null;
                }
                node = next;
            }
        }
        return node;
    }

    void create(Path path, boolean directory) {
        parent(path).entries.putIfAbsent(path.getFileName().toString(), new Node(directory));
    }

    void link(Path from, Path to) {
        Node node = find(from);
        if (node != null) {
            parent(to).entries.put(to.getFileName().toString(), node);
        }
    }

    void rename(Path from, Path to) {
        link(from, to);
        remove(from);
    }

    void remove(Path path) {
        parent(path).entries.remove(path.getFileName().toString());
    }

    private Node parent(Path path) {
        Node parent = path.getParent() == null ? root : find(path.getParent());
        if (parent == null) {
            throw new IllegalStateException("no directory for " + path);
        }
        return parent;
    }

    /// Writes what would be there after a power cut.
    ///
    /// @param allNames as on file systems that write names before they are asked to; else only
    ///     those that were synced
    void afterPowerCut(Path target, boolean allNames) throws IOException {
        write(root, target, allNames, new IdentityHashMap<>());
    }

    private static void write(Node node, Path target, boolean allNames, Map<Node, Path> written)
            throws IOException {
        if (!node.directory) {
            Path first = written.putIfAbsent(node, target);
            if (first == null) {
                Files.write(target, node.durable);
            } else {
                Files.createLink(target, first);
            }
            return;
        }
        Files.createDirectories(target);
        for (Map.Entry<String, Node> entry :
                (allNames ? node.entries : node.durableEntries).entrySet()) {
            if (!entry.getKey().endsWith("-shm")) { // SQLite's shared memory, not traced; made anew
                write(entry.getValue(), target.resolve(entry.getKey()), allNames, written);
            }
        }
    }
}
