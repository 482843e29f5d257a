package dev.jbuild.overlay.tree;

import dev.jbuild.store.layer.ByteString;
import dev.jbuild.store.layer.EntryPath;
import dev.jbuild.store.layer.LayerSink;
import dev.jbuild.store.layer.Metadata;
import dev.jbuild.store.layer.TarEntry;
import java.io.IOException;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is new on top of an [EntryTree], as the upper directory of an overlay has it. Nothing is
/// ever deleted but by something else in its place.
final class UpperTree {
    private final Dir root;

    UpperTree(EntryTree below) {
        this.root = new Dir(below.root(), below.root().metadata());
    }

    /// A directory that is new, or that something may be new in.
    static final class Dir {
        private final EntryTree.@Nullable Dir below;
        private final NavigableMap<String, Object> children = new TreeMap<>();
        private Metadata metadata;
        private boolean fresh;

        private Dir(EntryTree.@Nullable Dir below, Metadata metadata) {
            this.below = below;
            this.metadata = metadata;
        }

        EntryTree.@Nullable Dir below() {
            return below;
        }

        EntryTree.@Nullable Node below(String name) {
            return below == null ? null : below.children().get(name);
        }

        /// [Dir]s and [Leaf]s by name.
        NavigableMap<String, Object> children() {
            return children;
        }

        /// @param epoch its mtime, if the change itself gave it one
        Metadata metadata(Instant epoch) {
            return fresh ? metadata.withMtime(epoch) : metadata;
        }

        /// What it has so far.
        Metadata metadata() {
            return metadata;
        }

        /// Gives it metadata, its mtime included.
        void set(Metadata given) {
            metadata = given;
            fresh = false;
        }

        private @Nullable Object child(String name) {
            Object upper = children.get(name);
            return upper != null ? upper : below(name);
        }
    }

    /// A new file, symlink or fifo; one object for all its names.
    static final class Leaf {
        private final EntryTree.Leaf entry;
        private final boolean fresh;
        private final Content content;
        private int names;

        /// @param fresh whether its mtime is that of the change itself
        Leaf(EntryTree.Leaf entry, boolean fresh, Content content) {
            this.entry = entry;
            this.fresh = fresh;
            this.content = content;
        }

        /// @param epoch its mtime, if the change itself gave it one
        EntryTree.Leaf entry(Instant epoch) {
            if (!fresh && names == 1) {
                return entry;
            }
            Metadata metadata = fresh ? entry.metadata().withMtime(epoch) : entry.metadata();
            return new EntryTree.Leaf(
                    entry.kind(),
                    metadata,
                    entry.size(),
                    entry.target(),
                    names > 1,
                    entry.content());
        }

        Content content() {
            return content;
        }

        /// See [EntryTree.Leaf#content].
        Optional<ByteString> known() {
            return entry.content();
        }
    }

    /// Where the content of a file comes from when the layer is written.
    interface Content {
        Content NONE = (entry, sink) -> sink.add(entry);

        void give(TarEntry.RegularFile entry, LayerSink sink) throws IOException;
    }

    Dir root() {
        return root;
    }

    /// What stands at a path: a [Dir], a [Leaf], an [EntryTree.Node], or nothing.
    ///
    /// @param path without symlinks
    @Nullable Object find(EntryPath path) {
        Object at = root;
        if (path.isRoot()) {
            return at;
        }
        for (String name : path.latin1().split("/", -1)) {
            at =
                    switch (at) {
                        case Dir upper -> upper.child(name);
                        case EntryTree.Dir lower -> lower.children().get(name);
                        case null, default -> null;
                    };
        }
        return at;
    }

    /// The target, if a symlink stands there.
    @Nullable ByteString symlinkTarget(EntryPath path) {
        EntryTree.Leaf leaf =
                switch (find(path)) {
                    case Leaf upper -> upper.entry;
                    case EntryTree.Leaf lower -> lower;
                    case null, default -> null;
                };
        return leaf != null && leaf.kind() == EntryTree.Kind.SYMLINK ? leaf.target() : null;
    }

    /// The directory `name`, if there is one.
    static @Nullable Dir directory(Dir parent, String name) {
        Object child = parent.child(name);
        if (child instanceof EntryTree.Dir lower) {
            Dir upper = new Dir(lower, lower.metadata());
            parent.children.put(name, upper);
            return upper;
        }
        return child instanceof Dir upper ? upper : null;
    }

    /// Makes the directory `name` where nothing is; its mtime is that of the change.
    static Dir make(Dir parent, String name, Metadata metadata) throws NotKnownException {
        requireNoDefaultAcl(parent);
        Dir made = new Dir(null, metadata);
        made.fresh = true;
        parent.children.put(name, made);
        parent.fresh = true;
        return made;
    }

    static boolean isAbsent(Dir parent, String name) {
        return parent.child(name) == null;
    }

    static boolean isDirectory(Dir parent, String name) {
        Object child = parent.child(name);
        return child instanceof Dir || child instanceof EntryTree.Dir;
    }

    /// Puts a file, or one more name of it, where no directory is.
    static void put(Dir parent, String name, Leaf leaf) throws NotKnownException {
        requireNoDefaultAcl(parent);
        leaf.names++;
        Object before = parent.children.put(name, leaf);
        if (before instanceof Leaf replaced) {
            replaced.names--;
        }
        parent.fresh = true;
    }

    private static void requireNoDefaultAcl(Dir parent) throws NotKnownException {
        if (parent.metadata.xattrs().containsKey(Xattrs.DEFAULT_ACL)) {
            throw new NotKnownException("the kernel has to apply a default access control list");
        }
    }

    /// The tree with what is new in it.
    EntryTree merged(Instant epoch) {
        EntryTree.Dir whole = merged(root, epoch);
        // the mtime of the root is part of no layer
        Metadata metadata = whole.metadata().withMtime(root.metadata.mtime());
        return new EntryTree(new EntryTree.Dir(metadata, whole.children()));
    }

    private static EntryTree.Dir merged(Dir directory, Instant epoch) {
        NavigableMap<String, EntryTree.Node> children =
                directory.below == null
                        ? new TreeMap<>()
                        : new TreeMap<>(directory.below.children());
        directory.children.forEach(
                (name, child) ->
                        children.put(
                                name,
                                switch (child) {
                                    case Dir below -> merged(below, epoch);
                                    case Leaf leaf -> leaf.entry(epoch);
                                    default ->
                                            throw new IllegalStateException("neither of two kinds");
                                }));
        return new EntryTree.Dir(directory.metadata(epoch), children);
    }
}
