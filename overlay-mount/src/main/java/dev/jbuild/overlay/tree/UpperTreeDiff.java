package dev.jbuild.overlay.tree;

import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives an [UpperTree] as a layer: the entries that [TreeDiff] would give, in its order.
final class UpperTreeDiff {
    private final LayerSink sink;
    private final Instant epoch;
    private final Instant latest;
    private final Deque<TarEntry.Directory> unwritten = new ArrayDeque<>();
    private final Map<UpperTree.Leaf, EntryPath> written = new HashMap<>();
    private boolean changed;

    /// @param epoch the mtime of what the change itself gave one
    UpperTreeDiff(LayerSink sink, Instant epoch) {
        this.sink = sink;
        this.epoch = epoch;
        this.latest = sink.clamp().orElse(Instant.MAX);
    }

    /// @return whether there was any change
    boolean run(UpperTree tree) throws IOException, NotKnownException {
        UpperTree.Dir root = tree.root();
        Metadata below = root.below() == null ? EntryTree.NEW_ROOT : root.below().metadata();
        if (!root.metadata().equals(below.withMtime(root.metadata().mtime()))) {
            add(new TarEntry.Directory(EntryPath.ROOT, root.metadata()));
        }
        walk(EntryPath.ROOT, root);
        return changed;
    }

    private void walk(EntryPath path, UpperTree.Dir directory)
            throws IOException, NotKnownException {
        for (Map.Entry<String, Object> child : directory.children().entrySet()) {
            String name = child.getKey();
            switch (child.getValue()) {
                case UpperTree.Dir below ->
                        directory(path.child(name), below, directory.below(name));
                case UpperTree.Leaf leaf -> leaf(path.child(name), leaf, directory.below(name));
                default -> throw new IllegalStateException("neither of two kinds");
            }
        }
    }

    private void directory(EntryPath path, UpperTree.Dir directory, EntryTree.@Nullable Node below)
            throws IOException, NotKnownException {
        var entry = new TarEntry.Directory(path, directory.metadata(epoch));
        boolean same =
                below instanceof EntryTree.Dir lower
                        && Inodes.same(lower.metadata(), entry.metadata(), latest);
        if (same) {
            unwritten.addLast(entry);
        } else {
            add(entry);
        }
        walk(path, directory);
        if (same && !unwritten.isEmpty()) {
            unwritten.removeLast();
        }
    }

    private void leaf(EntryPath path, UpperTree.Leaf leaf, EntryTree.@Nullable Node below)
            throws IOException, NotKnownException {
        EntryTree.Leaf entry = leaf.entry(epoch);
        if (below instanceof EntryTree.Leaf lower && maybeSame(entry, lower)) {
            if (entry.kind() != EntryTree.Kind.SYMLINK || entry.linked() || lower.linked()) {
                throw new NotKnownException("'/" + path + "' may be the file that is there");
            }
            if (entry.target().equals(lower.target())) {
                return;
            }
        }
        EntryPath first = entry.linked() ? written.putIfAbsent(leaf, path) : null;
        if (first != null) {
            add(new TarEntry.HardLink(path, entry.metadata(), first));
            return;
        }
        switch (entry.kind()) {
            case REGULAR -> {
                record();
                leaf.content()
                        .give(new TarEntry.RegularFile(path, entry.metadata(), entry.size()), sink);
            }
            case SYMLINK -> add(new TarEntry.Symlink(path, entry.metadata(), entry.target()));
            case FIFO -> add(new TarEntry.Fifo(path, entry.metadata()));
            case DEVICE -> throw new IllegalStateException("no device is copied: " + path);
        }
    }

    private boolean maybeSame(EntryTree.Leaf entry, EntryTree.Leaf below) {
        return entry.kind() == below.kind()
                && Inodes.same(entry.metadata(), below.metadata(), latest)
                && entry.size() == below.size();
    }

    private void add(TarEntry entry) throws IOException {
        record();
        sink.add(entry);
    }

    private void record() throws IOException {
        changed = true;
        while (!unwritten.isEmpty()) {
            sink.add(unwritten.removeFirst());
        }
    }
}
