package dev.jbuild.overlay.tree;

import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSource;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import dev.jbuild.store.layer.Whiteouts;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Reads the entries of layers, from the bottom up, into an [EntryTree], by the rules by which
/// [LayerUnpacker] makes files of them. The content of `/etc/passwd` and `/etc/group` is kept, if
/// it has less than a megabyte.
public final class EntryTreeReader {
    private static final Metadata IMPLIED = new Metadata(0755, 0, 0, Instant.EPOCH);
    private static final String MARKER = Whiteouts.PREFIX + Whiteouts.PREFIX;

    /// What users and groups are called, which COPY and WORKDIR ask for.
    private static final Set<String> KEPT = Set.of("etc/passwd", "etc/group");

    static final int MOST_KEPT = 1 << 20;

    private final MutableDir root;
    private int layer;

    /// Begins with the layers that a tree was made of.
    public EntryTreeReader(EntryTree below) {
        this.root = new MutableDir(below.root().metadata());
        Deque<Copying> rest = new ArrayDeque<>();
        rest.push(new Copying(below.root(), root));
        while (!rest.isEmpty()) {
            Copying next = rest.pop();
            next.from().children().forEach((name, node) -> next.to().add(name, node, rest));
        }
    }

    /// A directory whose children are to be copied. Two names of one file become two objects, which
    /// makes no difference once both are known to be linked.
    private record Copying(EntryTree.Dir from, MutableDir to) {}

    /// A name in a directory.
    ///
    /// @param layer the last one that has an entry for it or in it: whiteouts act on those below
    private record Slot(Object node, int layer) {}

    private static final class MutableDir {
        private Metadata metadata;
        private final TreeMap<String, Slot> children = new TreeMap<>();

        MutableDir(Metadata metadata) {
            this.metadata = metadata;
        }

        void add(String name, EntryTree.Node node, Deque<Copying> rest) {
            switch (node) {
                case EntryTree.Dir from -> {
                    MutableDir to = new MutableDir(from.metadata());
                    children.put(name, new Slot(to, 0));
                    rest.push(new Copying(from, to));
                }
                case EntryTree.Leaf leaf -> {
                    MutableLeaf copy = new MutableLeaf(leaf);
                    copy.linked = leaf.linked();
                    children.put(name, new Slot(copy, 0));
                }
            }
        }
    }

    /// A file, symlink or special file; one object for all its names.
    private static final class MutableLeaf {
        private final EntryTree.Leaf leaf;
        private boolean linked;

        MutableLeaf(EntryTree.Leaf leaf) {
            this.leaf = leaf;
        }
    }

    /// Adds a layer on top.
    ///
    /// @throws NotKnownException if the layer is one that [LayerUnpacker] refuses, or that it reads
    ///     with regard to more than entries; the reader is of no use then
    public void add(LayerSource source) throws IOException, NotKnownException {
        layer++;
        for (Optional<TarEntry> next = source.next(); next.isPresent(); next = source.next()) {
            add(next.get(), source);
        }
    }

    public EntryTree tree() {
        return new EntryTree(frozen(root));
    }

    private void add(TarEntry entry, LayerSource source) throws IOException, NotKnownException {
        if (entry.path().isRoot()) {
            if (!(entry instanceof TarEntry.Directory)) {
                throw new NotKnownException("the entry for the root is no directory");
            }
            root.metadata = entry.metadata();
            return;
        }
        String name = entry.path().nameLatin1();
        if (name.startsWith(MARKER) && !name.equals(Whiteouts.OPAQUE)) {
            return;
        }
        MutableDir parent = directory(entry.path().parent().orElseThrow());
        if (name.equals(Whiteouts.OPAQUE)) {
            hideBelow(parent);
        } else if (name.startsWith(Whiteouts.PREFIX)) {
            delete(parent, name.substring(Whiteouts.PREFIX.length()));
        } else {
            put(parent, name, entry, source);
        }
    }

    private void put(MutableDir parent, String name, TarEntry entry, LayerSource source)
            throws IOException, NotKnownException {
        Metadata metadata = entry.metadata();
        Object node =
                switch (entry) {
                    case TarEntry.Directory _ -> {
                        Slot there = parent.children.get(name);
                        MutableDir directory =
                                there != null && there.node() instanceof MutableDir known
                                        ? known
                                        : new MutableDir(metadata);
                        directory.metadata = metadata;
                        yield directory;
                    }
                    case TarEntry.HardLink link -> {
                        MutableLeaf target = target(link);
                        target.linked = true;
                        yield target;
                    }
                    case TarEntry.RegularFile file -> regular(file, source);
                    case TarEntry.Symlink link ->
                            new MutableLeaf(
                                    new EntryTree.Leaf(
                                            EntryTree.Kind.SYMLINK,
                                            onDisk(metadata),
                                            0,
                                            link.target(),
                                            false));
                    case TarEntry.Fifo _ -> leaf(EntryTree.Kind.FIFO, metadata, 0);
                    case TarEntry.Device _ -> leaf(EntryTree.Kind.DEVICE, metadata, 0);
                };
        parent.children.put(name, new Slot(node, layer));
    }

    /// Whether a tree has the content of this file.
    static boolean isKept(EntryPath path, long size) {
        return KEPT.contains(path.latin1()) && size <= MOST_KEPT;
    }

    private static MutableLeaf regular(TarEntry.RegularFile file, LayerSource source)
            throws IOException {
        boolean kept = isKept(file.path(), file.size());
        return new MutableLeaf(
                new EntryTree.Leaf(
                        EntryTree.Kind.REGULAR,
                        file.metadata(),
                        file.size(),
                        EntryTree.Leaf.NO_TARGET,
                        false,
                        kept
                                ? Optional.of(ByteString.of(source.content().readAllBytes()))
                                : Optional.empty()));
    }

    /// Linux keeps no mode for symlinks.
    private static Metadata onDisk(Metadata symlink) {
        return new Metadata(0777, symlink.uid(), symlink.gid(), symlink.mtime(), symlink.xattrs());
    }

    private static MutableLeaf leaf(EntryTree.Kind kind, Metadata metadata, long size) {
        return new MutableLeaf(
                new EntryTree.Leaf(kind, metadata, size, EntryTree.Leaf.NO_TARGET, false));
    }

    private MutableLeaf target(TarEntry.HardLink link) throws IOException, NotKnownException {
        if (!link.target().isRoot()) {
            MutableDir in = directory(link.target().parent().orElseThrow());
            Slot slot = in.children.get(link.target().nameLatin1());
            if (slot != null && slot.node() instanceof MutableLeaf leaf) {
                return leaf;
            }
        }
        throw new NotKnownException("a hard link to nothing: '" + link.path() + "'");
    }

    private void delete(MutableDir parent, String name) {
        Slot slot = parent.children.get(name);
        if (slot == null) {
            return;
        }
        if (slot.layer() < layer) {
            parent.children.remove(name);
        } else if (slot.node() instanceof MutableDir directory) {
            hideBelow(directory);
        }
    }

    private void hideBelow(MutableDir directory) {
        directory.children.values().removeIf(slot -> slot.layer() < layer);
        for (Slot slot : directory.children.values()) {
            if (slot.node() instanceof MutableDir child) {
                hideBelow(child);
            }
        }
    }

    /// The directory of that path, within the root, made if it isn't there.
    private MutableDir directory(EntryPath path) throws IOException, NotKnownException {
        MutableDir at = root;
        if (!path.isRoot()) {
            for (String name : path.latin1().split("/", -1)) {
                Slot slot = at.children.get(name);
                if (slot == null || !(slot.node() instanceof MutableDir next)) {
                    return walked(path);
                }
                if (slot.layer() != layer) {
                    at.children.put(name, new Slot(next, layer));
                }
                at = next;
            }
        }
        return at;
    }

    /// As [#directory], where something is missing or a symlink; takes the square of the depth.
    private MutableDir walked(EntryPath path) throws IOException, NotKnownException {
        PathWalk walk = new PathWalk(path.latin1());
        while (walk.hasNext()) {
            String name = walk.next();
            MutableDir at = find(walk.at());
            Slot slot = at.children.get(name);
            Object node = slot == null ? new MutableDir(IMPLIED) : slot.node();
            if (node instanceof MutableDir) {
                at.children.put(name, new Slot(node, layer));
                walk.enter(walk.at().child(name));
            } else if (node instanceof MutableLeaf leaf
                    && leaf.leaf.kind() == EntryTree.Kind.SYMLINK) {
                walk.follow(leaf.leaf.target());
            } else {
                throw new NotKnownException("an entry in '" + path + "', which is no directory");
            }
        }
        return find(walk.at());
    }

    /// @param path of directories alone
    private MutableDir find(EntryPath path) {
        MutableDir at = root;
        if (!path.isRoot()) {
            for (String name : path.latin1().split("/", -1)) {
                @Nullable Slot slot = at.children.get(name);
                if (slot == null || !(slot.node() instanceof MutableDir next)) {
                    throw new IllegalStateException("no directory '" + path + "'");
                }
                at = next;
            }
        }
        return at;
    }

    private static EntryTree.Dir frozen(MutableDir directory) {
        NavigableMap<String, EntryTree.Node> children = new TreeMap<>();
        for (Map.Entry<String, Slot> child : directory.children.entrySet()) {
            children.put(
                    child.getKey(),
                    switch (child.getValue().node()) {
                        case MutableDir below -> frozen(below);
                        case MutableLeaf leaf -> leaf.leaf.linked(leaf.linked);
                        default -> throw new IllegalStateException("neither of two kinds");
                    });
        }
        return new EntryTree.Dir(directory.metadata, children);
    }
}
